# The Wire behind Varnish 7 with xkey (Debian's packages varnish and varnish-modules), which caches public pages as
# Cache-Control says, never serves stale ones, and forgets them at a PURGE with a surrogate key. Terminate HTTPS in front
# of it, set WIRE_PURGE to its address, and start it with: varnishd -a :6081 -f /path/to/varnish.vcl
vcl 4.1;

import xkey;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

# Who may purge: the machines of the desk.
acl desk {
    "localhost";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ desk) {
            return (synth(403, "Only the desk may purge."));
        }
        xkey.purge(req.http.xkey);
        return (synth(200, "Purged."));
    }
    # The desk is never cached. Readers' pages are the same for everyone, whatever cookies they send.
    if (req.url ~ "^/desk") {
        return (pass);
    }
    unset req.http.Cookie;
    unset req.http.Authorization;
}

sub vcl_backend_response {
    set beresp.http.xkey = beresp.http.Surrogate-Key;
    # Nothing stale, not even while The Wire is down.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
}

sub vcl_deliver {
    unset resp.http.xkey;
}
