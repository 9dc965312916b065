"""deploy/pgbouncer.ini in a real PgBouncer: it starts, and takes the desk's and the readers' connections."""

import os
import pwd
import subprocess
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from servers import adapt, free_port, wait_until

PGBOUNCER = Path("/usr/sbin/pgbouncer")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not PGBOUNCER.exists(), reason="No PgBouncer found. Install Debian's package `pgbouncer`."),
]


def test_pgbouncer_accepts_the_example_and_connections_with_limits_of_time(tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("On PostgreSQL only.")
    own, port = connection.settings_dict, free_port()
    user = own["USER"] or pwd.getpwuid(os.geteuid()).pw_name
    where = f"host={own['HOST'] or '127.0.0.1'} port={own['PORT'] or 5432} dbname={own['NAME']}"
    users = tmp_path / "users"
    users.write_text(f'"{user}" "{own["PASSWORD"] or ""}"\n')
    example = Path(settings.BASE_DIR, "deploy", "pgbouncer.ini").read_text("utf-8")
    changes = {
        "wire = host=127.0.0.1 port=5432 dbname=wire": f"wire = {where}",
        "/etc/pgbouncer/userlist.txt": str(users),
        "= 6432": f"= {port}\nunix_socket_dir =",
        # The test's login may have no password.
        "scram-sha-256": "trust",
    }
    configuration = tmp_path / "pgbouncer.ini"
    configuration.write_text(adapt(example, changes))
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    # It refuses to run as root.
    command = [PGBOUNCER, "-q", configuration] + (["-u", "nobody"] if os.geteuid() == 0 else [])
    options = settings.DATABASES["default"]["OPTIONS"]["options"]
    with subprocess.Popen(command) as process:
        try:

            def answers() -> bool:
                try:
                    with psycopg.connect(
                        host="127.0.0.1", port=port, dbname="wire", user=user, options=options
                    ) as pooled:
                        return pooled.execute("SELECT 1").fetchone() == (1,)
                except psycopg.OperationalError as error:
                    if "unsupported startup parameter" in str(error):
                        raise
                    raise OSError from error

            wait_until(answers, 10)
        finally:
            process.terminate()
