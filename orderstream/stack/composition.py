"""Which processes make up a local stack, with what command line and environment."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from django.utils.translation import gettext as _

import orderstream
from orderstream import conf, env
from orderstream.checkup.starting import refusal
from orderstream.configuration.durability import Durability
from orderstream.stack.console import Console
from orderstream.stack.errors import StackError
from orderstream.stack.lock import sole_use
from orderstream.stack.ports import is_free
from orderstream.stack.preparation import Prepared, prepared
from orderstream.stack.processes import Program
from orderstream.stack.readiness import KeeperReady, WebReady, WorkerReady
from orderstream.stack.server import EmbeddedServer, data_folder, end_predecessor
from orderstream.stack.supervisor import StoppedError, Supervisor
from orderstream.stack.welcome import welcome
from orderstream.streams.connection import AWAY, StreamError, connect, explain
from orderstream.streams.lane import Lane

ROOT = Path(orderstream.__file__).parent.parent
VAR = ROOT / "var"
HTTP_TIMEOUT_SECONDS = 60  # Daphne has none by default: a client that never finishes would be held for ever
MIGRATED_WITHIN = timedelta(minutes=10)
# A worker ends by force 2 s after its drain time (I16); only if even that hangs do we.
WORKER_GRACE = timedelta(seconds=5)
# As `runworker_orders --help` tells them: drained or stopped by an operator, or by a signal to it alone.
WORKER_ENDED_AS_ASKED = frozenset({0, 3})


@dataclass(frozen=True, slots=True)
class Options:
    """What a person can choose on the command line."""

    folder: Path = VAR
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


async def run(options: Options, console: Console) -> int:
    """Run the stack; gives the exit code. One sentence says why it could not start."""
    try:
        with sole_use(options.folder):
            await refuse_unusable(options)
            async with Supervisor(console) as supervisor:
                await run_all(options, supervisor, console)
    except StackError as error:
        console.say(str(error))
        return 1
    except StoppedError:
        return 0


async def refuse_unusable(options: Options) -> None:
    """What would fail later is said before anything is started."""
    if not is_free(options.host, options.port):
        raise StackError(
            _("Port %(port)d is taken; choose another one: PORT=%(next)d make run")
            % {"port": options.port, "next": options.port + 1}
        )
    if not conf.stream().is_named:
        if conf.durability().level is Durability.REPLICATED:
            raise StackError(
                _(
                    "The embedded server has no replicas: name one that has in REDIS_URL, "
                    "or choose another ORDERSTREAM_DURABILITY."
                )
            )
        return
    client = connect(conf.stream().redis_url)
    try:
        await client.ping()
    except (*AWAY, StreamError) as error:
        raise StackError(explain(error, _)) from None
    finally:
        await client.aclose()


async def run_all(options: Options, supervisor: Supervisor, console: Console) -> NoReturn:
    """Server, tables, then the rest side by side, each until it is ready; ends by StoppedError only."""
    environment = common_environment(options)
    redis_url = conf.stream().redis_url
    if not conf.stream().is_named:
        server = await embedded_server(options.folder, console)
        await supervisor.start([server.program(environment)])
        redis_url = server.url
        environment = {**environment, "REDIS_URL": redis_url}
    lane = Lane(connect(redis_url), conf.stream().keys)
    try:
        if unfit := await refusal(lane):
            raise StackError(unfit)
        console.say(_("Preparing the database."))
        secrets = await database_prepared(environment, supervisor)
        await supervisor.start(programs(options, environment, lane))
        console.block(welcome(options.address, redis_url, secrets))
        await supervisor.until_stopped()
    finally:
        await lane.client.aclose()


async def database_prepared(environment: Mapping[str, str], supervisor: Supervisor) -> Prepared:
    try:
        return await supervisor.first(prepared(environment), MIGRATED_WITHIN)
    except TimeoutError:
        raise StackError(_("The database is not ready after %(time)s.") % {"time": MIGRATED_WITHIN}) from None


async def embedded_server(folder: Path, console: Console) -> EmbeddedServer:
    """A server to be started, on a data folder that nobody else uses."""
    data = data_folder(folder)
    if (pid := await end_predecessor(data)) is not None:
        console.say(_("Ended the server that an earlier start left behind (process %(pid)d).") % {"pid": pid})
    return EmbeddedServer(data)


def common_environment(options: Options) -> dict[str, str]:
    """Ours, and what makes the children agree on one data folder; what a person has set stays as it is."""
    given = {name: value for name, value in os.environ.items() if value.strip()}
    ours = {"SECRET_KEY": env.secret("SECRET_KEY", options.folder / "secret-key"), "ORDERSTREAM_HTTPS": "off"}
    if options.folder != VAR:
        ours["DATABASE_URL"] = f"sqlite:///{quote(str(options.folder.resolve()))}/orderstream.sqlite3"
    path = os.pathsep.join(filter(None, (str(ROOT), given.get("PYTHONPATH"))))
    return {**ours, **given, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def programs(options: Options, environment: Mapping[str, str], lane: Lane) -> list[Program]:
    """Web, keeper and workers."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    web = Program(
        name="web",
        command=[sys.executable, "-m", "daphne", *daphne_options(options), "orderstream.asgi:application"],
        environment=environment,
        is_ready=WebReady(options.host, options.port),
    )
    keeper = Program(
        name="keeper", command=[*manage, "runkeeper"], environment=environment, is_ready=KeeperReady(lane)
    )
    worker = Program(
        name="worker",
        command=[*manage, "runworker_orders"],
        environment=environment,
        is_ready=WorkerReady(lane),
        patience=conf.processing().drain + WORKER_GRACE,
        ended_as_asked=WORKER_ENDED_AS_ASKED,
        # Without us there is no embedded server to finish orders on; somebody else's is still there.
        last_signal=signal.SIGTERM if conf.stream().is_named else signal.SIGKILL,
    )
    names = [f"worker-{number}" for number in range(1, options.workers + 1)]
    workers = [replace(worker, name=name, command=[*worker.command, "--name", name]) for name in names]
    return [web, keeper, *workers]


def daphne_options(options: Options) -> list[str]:
    # -v 0: no line for each request; what matters is logged by the application.
    return [
        "-v",
        "0",
        "-b",
        options.host,
        "-p",
        str(options.port),
        "--http-timeout",
        str(HTTP_TIMEOUT_SECONDS),
    ]
