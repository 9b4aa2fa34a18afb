"""Uses the server as the application does: connects, writes, reads back, removes, runs a script, measures."""

import secrets
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.checkup.findings import Finding, Level, Report, RoundTrips
from orderstream.checkup.judging import judge
from orderstream.checkup.probing import sharpened
from orderstream.checkup.said import Said
from orderstream.checkup.words import WORDS
from orderstream.configuration.durability import Durability
from orderstream.env import without_password
from orderstream.streams.causes import Cause, cause_of
from orderstream.streams.codec import pairs
from orderstream.streams.connection import AWAY, GroupLost, StreamError
from orderstream.streams.lane import Lane

TRIPS: Final = 100
CONFIG: Final = (
    "save",
    "appendfsync",
    "no-appendfsync-on-rewrite",
    "min-replicas-to-write",
    "min-replicas-max-lag",
)
FAR_MS: Final = 10.0
SLOW_MS: Final = 250.0
CLOCK_MS: Final = 2_000
# Of what is written, if nobody comes to remove it.
LIFE_SECONDS: Final = 60
FAILURES: Final = (*AWAY, StreamError, GroupLost)


async def examine(lane: Lane, url: str) -> Report:
    """Everything that can be asked of the server itself; one failure where it cannot be reached."""
    address = without_password(url).partition("?")[0]
    try:
        await lane.client.ping()
        said = await said_by(lane)
    except FAILURES as error:
        cause = await sharpened(cause_of(error), url)
        return Report(address, [_failure("connection", cause, error)])
    findings = [Finding("connection", Level.FINE, _("%(server)s answers") % {"server": said.name})]
    findings += [finding async for finding in _used(lane)]
    try:
        trips = await _round_trips(lane)
        findings += [_distance(trips), await clock(lane, trips.p50)]
    except FAILURES as error:
        return Report(address, [*findings, _failure("connection", cause_of(error), error)])
    return Report(address, [*findings, *_proofs(url), *judge(said, conf.durability())], trips)


Use = Callable[[Lane], Awaitable[Finding | None]]


async def _used(lane: Lane) -> AsyncIterator[Finding]:
    uses: list[tuple[str, Use, str]] = [("writing", _write, _("written, read back and removed"))]
    async for finding in tried(lane, [*uses, *harmless_uses(lane)]):
        yield finding


def harmless_uses(lane: Lane) -> Iterator[tuple[str, Use, str]]:
    """Those that write nothing."""
    yield "scripts", _run_script, _("a script was run")
    yield "group", _look_at_group, _("the group %(name)s is there") % {"name": lane.group}
    if conf.durability().level is Durability.REPLICATED:
        yield "waiting", _wait, _("replicas can be waited for")


async def tried(lane: Lane, uses: Iterable[tuple[str, Use, str]]) -> AsyncIterator[Finding]:
    for check, use, text in uses:
        try:
            found = await use(lane)
        except FAILURES as error:
            yield _failure(check, cause_of(error), error)
        else:
            yield found or Finding(check, Level.FINE, text)


async def _write(lane: Lane) -> Finding | None:
    """Under both prefixes that our keys have: a user may be let at one and not at the other."""
    token = secrets.token_hex(8)
    for key in (lane.keys.check(token), lane.keys.status(f"check-{token}")):
        await lane.command("SET", key, token, "EX", LIFE_SECONDS)
        seen = await lane.command("GET", key)
        await lane.command("DEL", key)
        if seen != token:
            what = _("What was written does not come back.")
            return Finding(
                "writing", Level.FAILURE, what, _("Is it a proxy that spreads over several servers?")
            )
    return None


async def _run_script(lane: Lane) -> Finding | None:
    await lane.run("snapshot")
    return None


async def _wait(lane: Lane) -> Finding | None:
    """For no replica, so that it is answered at once."""
    await lane.command("WAIT", 0, 1)
    return None


async def _look_at_group(lane: Lane) -> Finding | None:
    try:
        groups = await lane.command("XINFO", "GROUPS", lane.keys.stream)
    except GroupLost:
        return Finding("group", Level.FINE, _("Nothing was placed yet; the first worker makes the group."))
    found = next((row for row in map(pairs, groups) if row.get("name") == lane.group), None)
    if found is not None:
        return _made_elsewhere(found)
    return Finding(
        "group",
        Level.WARNING,
        _("There are orders, and no group %(name)s: nobody works on them.") % {"name": lane.group},
        _("Start a worker: it makes the group at the beginning of the stream, so that none is left out."),
    )


def _made_elsewhere(group: Mapping[str, Any]) -> Finding | None:
    """Once it has read from there on, nobody can tell any more."""
    start = group.get("last-delivered-id")
    if start in {None, "0-0"} or group.get("entries-read") is not None:
        return None
    return Finding(
        "group",
        Level.WARNING,
        _("The group was not made at the beginning of the stream, or entries were deleted (it is at %(id)s).")
        % {"id": start},
        _("Orders before it are found by the workers' sweeps; the board says how many are pending."),
    )


async def said_by(lane: Lane) -> Said:
    """Nothing where this user may not ask; whatever else goes wrong is raised."""
    try:
        info = await lane.client.info()
    except StreamError as error:
        _raise_but_refusal(error)
        info = {}
    try:
        config = await lane.client.config_get(*CONFIG)
    except StreamError as error:
        _raise_but_refusal(error)
        config = {}
    return Said(info, {str(name): str(value) for name, value in config.items()})


def _raise_but_refusal(error: Exception) -> None:
    if cause_of(error) not in {Cause.FORBIDDEN, Cause.COMMAND_REFUSED}:
        raise error


async def _round_trips(lane: Lane) -> RoundTrips:
    took = []
    for _number in range(TRIPS):
        began = time.perf_counter()
        await lane.client.ping()
        took.append((time.perf_counter() - began) * 1000)
    parts = statistics.quantiles(took, n=100, method="inclusive")
    return RoundTrips(round(parts[49], 3), round(parts[98], 3), TRIPS)


def _distance(trips: RoundTrips) -> Finding:
    numbers = {"p50": f"{trips.p50:.2f}", "p99": f"{trips.p99:.2f}", "count": trips.count}
    what = _("%(p50)s ms at the median, %(p99)s ms at p99, of %(count)s") % numbers
    if trips.p50 > FAR_MS:
        remedy = _("Each order waits for it several times: let the server stand nearer.")
        return Finding("round trip", Level.WARNING, what, remedy)
    if trips.p99 > SLOW_MS:
        remedy = _("Something holds the server or the network up: look at SLOWLOG and at who else uses it.")
        return Finding("round trip", Level.WARNING, what, remedy)
    return Finding("round trip", Level.FINE, what)


async def clock(lane: Lane, trip_ms: float) -> Finding:
    ours = time.time() * 1000 + trip_ms / 2
    return clock_finding(await lane.now_ms() - ours)


def clock_finding(ahead_ms: float) -> Finding:
    """`ahead_ms`: by how much the server's clock is ahead of ours."""
    seconds = {"seconds": f"{abs(ahead_ms) / 1000:.1f}"}
    if abs(ahead_ms) <= CLOCK_MS:
        return Finding("clock", Level.FINE, _("%(seconds)s s apart") % seconds)
    what = _("The server's clock is %(seconds)s s ahead of ours.") if ahead_ms > 0 else None
    what = what or _("The server's clock is %(seconds)s s behind ours.")
    remedy = _("Orders go by the server's clock and keys and sessions by ours: let NTP keep both.")
    return Finding("clock", Level.WARNING, what % seconds, remedy)


def _proofs(url: str) -> list[Finding]:
    if not url.startswith("rediss://"):
        return []
    if "ssl_cert_reqs=none" in url or "ssl_check_hostname=false" in url.lower():
        what = _("The address says that whoever answers is believed.")
        remedy = _("Take ssl_cert_reqs and ssl_check_hostname out of REDIS_URL, and name REDIS_TLS_CA.")
        return [Finding("tls", Level.WARNING, what, remedy)]
    return [Finding("tls", Level.FINE, _("The server's certificate and its name were proved."))]


def _failure(check: str, cause: Cause, error: BaseException) -> Finding:
    what, remedy = WORDS[cause]
    said = str(error).strip() or type(error).__name__
    return Finding(check, Level.FAILURE, f"{what} ({said})", str(remedy), cause)
