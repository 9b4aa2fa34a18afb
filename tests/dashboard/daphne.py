"""A web process of its own: Daphne on a free port, with a database and a signed-in session."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import prepared
from tests.waiting import wait_until_now

ROOT = Path(__file__).parents[2]
SIGN_IN = """
from django.contrib.auth import get_user_model
from django.test import Client
user = get_user_model().objects.create_superuser("vera")
client = Client()
client.force_login(user)
print("session", client.cookies["sessionid"].value)
"""


@dataclass
class Web:
    process: "subprocess.Popen[bytes]"
    port: int
    session: str
    log: Path

    def is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def running_web(redis_url: str, key_prefix: str) -> Iterator[Web]:
    with tempfile.TemporaryDirectory(prefix="orderstream-") as folder:
        database = Path(folder) / "web.sqlite3"
        session = prepared.database_after(SIGN_IN, database).split("session ")[1].split()[0]
        given = {
            "REDIS_URL": redis_url,
            "ORDERSTREAM_KEY_PREFIX": key_prefix,
            "DATABASE_URL": f"sqlite:///{database}",
            "SECRET_KEY": prepared.SECRET_KEY,
            "ORDERSTREAM_HTTPS": "off",
            "ALLOWED_HOSTS": "127.0.0.1",
            # Any number of boards share the one session.
            "ORDERSTREAM_HANDSHAKES_PER_MINUTE": "0",
        }
        environment = {**os.environ, **given}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "orderstream.asgi:application"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
        web = Web(process, port, session, log)
        try:
            wait_until_now(web.is_listening, 30)
            yield web
        finally:
            process.kill()
            process.wait()
