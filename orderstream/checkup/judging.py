"""Judges what a server says of itself: version, role, eviction, memory, clients. Asks nothing."""

from collections.abc import Callable, Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orderstream.checkup.durability import durability
from orderstream.checkup.findings import Finding, Level
from orderstream.checkup.said import Said
from orderstream.configuration.durability import DurabilityConf
from orderstream.streams.causes import Cause

LEAST_REDIS: Final = (7, 0)
LEAST_VALKEY: Final = (8, 0)
# From here on the keeper has placing answer busy.
NEARLY_FULL: Final = 0.85
MANY_CLIENTS: Final = 0.8
KEEPS_ALL: Final = "noeviction"


def judge(said: Said, asked: DurabilityConf) -> Iterator[Finding]:
    if not said.info:
        yield Finding(
            "server",
            Level.WARNING,
            _("This user may not ask INFO, so version, memory and persistence cannot be judged."),
            _("Give it `+info`; the keeper needs it, too, to see that memory runs out."),
        )
        return
    for look in LOOKS:
        yield look(said)
    yield from durability(said, asked)


def version(said: Said) -> Finding:
    is_valkey = "valkey_version" in said.info
    given = str(said.info.get("valkey_version" if is_valkey else "redis_version", ""))
    least = LEAST_VALKEY if is_valkey else LEAST_REDIS
    if _parts(given) >= least:
        return Finding("version", Level.FINE, said.name)
    what = _("%(server)s is too old: Redis 7.0 or Valkey 8.0 is needed.") % {"server": said.name}
    return Finding("version", Level.FAILURE, what, _("Upgrade the server; its data can stay."))


def role(said: Said) -> Finding:
    if said.info.get("redis_mode") == "cluster" or said.info.get("cluster_enabled"):
        what = _("This is a node of a cluster.")
        remedy = _("Name a single server, with or without replicas.")
        return Finding("role", Level.FAILURE, what, remedy, Cause.CLUSTER)
    if said.info.get("role") == "slave":
        primary = f"{said.info.get('master_host')}:{said.info.get('master_port')}"
        what = _("This is a replica of %(primary)s.") % {"primary": primary}
        return Finding("role", Level.FAILURE, what, _("Name the primary in REDIS_URL."), Cause.READ_ONLY)
    replicas = int(said.info.get("connected_slaves", 0))
    text = ngettext("primary, with %(count)s replica", "primary, with %(count)s replicas", replicas)
    return Finding("role", Level.FINE, text % {"count": replicas})


def eviction(said: Said) -> Finding:
    policy = str(said.info.get("maxmemory_policy", ""))
    if policy in {KEEPS_ALL, ""}:
        return Finding("eviction", Level.FINE, _("A full server refuses new orders and forgets none."))
    remedy = _("Set `maxmemory-policy noeviction`.")
    if policy.startswith("volatile"):
        what = _("%(policy)s: a full server forgets idempotency keys, so that orders can be placed twice.")
        return Finding("eviction", Level.WARNING, what % {"policy": policy}, remedy)
    has_limit = bool(said.info.get("maxmemory"))
    what = _("%(policy)s: a full server throws orders away.") % {"policy": policy}
    return Finding("eviction", Level.FAILURE if has_limit else Level.WARNING, what, remedy)


def memory(said: Said) -> Finding:
    used, most = int(said.info.get("used_memory", 0)), int(said.info.get("maxmemory", 0))
    if not most:
        return Finding(
            "memory",
            Level.WARNING,
            _("%(used)s MB used, without a limit: the kernel ends the server when the machine is full.")
            % {"used": _megabytes(used)},
            _("Set `maxmemory` to at most three quarters of what the machine has for it."),
        )
    numbers = {"used": _megabytes(used), "most": _megabytes(most), "share": f"{used / most:.0%}"}
    what = _("%(used)s of %(most)s MB used (%(share)s)") % numbers
    if used < NEARLY_FULL * most:
        return Finding("memory", Level.FINE, what)
    remedy = _("Raise `maxmemory`, or let workers drain the backlog: from 0.85 on placing answers 503.")
    return Finding("memory", Level.WARNING, what, remedy)


def clients(said: Said) -> Finding:
    here, most = int(said.info.get("connected_clients", 0)), int(said.info.get("maxclients", 0))
    what = _("%(here)s of %(most)s clients") % {"here": here, "most": most or "?"}
    if not most or here < MANY_CLIENTS * most:
        return Finding("clients", Level.FINE, what)
    return Finding("clients", Level.WARNING, what, _("Raise `maxclients`; a full server takes no worker in."))


LOOKS: Final[tuple[Callable[[Said], Finding], ...]] = (version, role, eviction, memory, clients)


def _parts(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts[:2])


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}"
