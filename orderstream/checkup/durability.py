"""Holds what a server says of its disk and its replicas against ORDERSTREAM_DURABILITY."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orderstream.checkup.findings import Finding, Level
from orderstream.checkup.said import Said
from orderstream.configuration.durability import Durability, DurabilityConf
from orderstream.streams.causes import Cause

MEANS: Final[Mapping[Durability, Promise]] = MappingProxyType(
    {
        Durability.MEMORY: gettext_lazy("a server that ends may take every order along"),
        Durability.EVERYSEC: gettext_lazy("a machine without power takes a second of orders along"),
        Durability.ALWAYS: gettext_lazy("what is accepted is on disk"),
        Durability.REPLICATED: gettext_lazy("what is accepted is at %(replicas)s other servers, too"),
    }
)


def durability(said: Said, asked: DurabilityConf) -> Iterator[Finding]:
    means = str(MEANS[asked.level]) % {"replicas": asked.replicas}
    text = (
        _("%(level)s is asked for: %(means)s") if asked.is_chosen else _("%(level)s as it comes: %(means)s")
    )
    yield Finding("durability", Level.FINE, text % {"level": asked.level, "means": means})
    if broken := _broken_disk(said):
        yield broken
    yield _persistence(said, asked)
    if asked.level is Durability.REPLICATED:
        yield _replicas(said, asked)
        yield _isolation(said, asked)


def _persistence(said: Said, asked: DurabilityConf) -> Finding:
    if "aof_enabled" not in said.info:
        what = _("Whether there is an append-only file the server does not say.")
        return _unknown("persistence", what, asked)
    if not said.info["aof_enabled"]:
        return _without_log(said, asked)
    sync = said.config.get("appendfsync")
    if asked.level is Durability.MEMORY:
        return Finding("persistence", Level.FINE, _("append-only file: more is kept than is asked for"))
    if sync is None:
        what = _("There is an append-only file; how often it is synced this user may not ask.")
        return _unknown("persistence", what, asked)
    return _synced(sync, said, asked)


def _synced(sync: str, said: Said, asked: DurabilityConf) -> Finding:
    if sync == "no":
        what = _("The append-only file is synced when the system likes: without power much is lost.")
        return _short("persistence", what, _set(_sync_for(asked), asked), asked)
    if asked.level is Durability.ALWAYS and sync != "always":
        what = _("The append-only file is synced once a second, and answers do not wait for it.")
        return _short("persistence", what, _set("appendfsync always", asked), asked)
    if said.config.get("no-appendfsync-on-rewrite") == "yes":
        what = _("While the append-only file is rewritten, nothing is synced.")
        if asked.level is Durability.ALWAYS:
            return _short("persistence", what, _set("no-appendfsync-on-rewrite no", asked), asked)
        remedy = _("Set `no-appendfsync-on-rewrite no`.")
        return Finding("persistence", Level.WARNING, what, remedy)
    if sync == "always":
        return Finding("persistence", Level.FINE, _("append-only file, on disk before each answer"))
    text = _("append-only file, synced once a second: a machine without power loses that second")
    return Finding("persistence", Level.FINE, text)


def _without_log(said: Said, asked: DurabilityConf) -> Finding:
    if said.config.get("save"):
        what = _("Snapshots alone: what came since the last one is lost when the server dies.")
    elif "save" in said.config:
        what = _("Nothing is kept on disk: all orders are lost when the server stops.")
    else:
        what = _("There is no append-only file; whether there are snapshots this user may not ask.")
    if asked.level is Durability.MEMORY:
        return Finding("persistence", Level.FINE, what)
    remedy = _set(f"appendonly yes` and `{_sync_for(asked)}", asked)
    return _short("persistence", what, remedy, asked)


def _replicas(said: Said, asked: DurabilityConf) -> Finding:
    """What is there now: one that is away is waited for, and placing says so."""
    rows = (row for name, row in said.info.items() if name.startswith("slave") and isinstance(row, Mapping))
    here = sum(row.get("state") == "online" for row in rows)
    numbers = {"here": here, "asked": asked.replicas}
    if here >= asked.replicas:
        text = _("%(here)s of %(asked)s follow") % numbers
        return Finding("replicas", Level.FINE, text)
    what = _("%(here)s of %(asked)s replicas follow: orders are accepted, and none is confirmed.")
    remedy = _("Attach more with `REPLICAOF`, or lower ORDERSTREAM_REPLICAS.")
    return Finding("replicas", Level.FAILURE, what % numbers, remedy, Cause.TOO_FEW_REPLICAS)


def _isolation(said: Said, asked: DurabilityConf) -> Finding:
    """A primary that is cut off has to notice: else workers go on there while another one is promoted."""
    given = said.config.get("min-replicas-to-write")
    setting = f"min-replicas-to-write {asked.replicas}"
    if given is None:
        what = _("From how many replicas on the server takes writes this user may not ask.")
        return _unknown("isolation", what, asked)
    numbers = {"given": given, "asked": asked.replicas}
    # 0 as a lag: the server counts none, and takes every write.
    if int(given) >= asked.replicas and said.config.get("min-replicas-max-lag") != "0":
        return Finding("isolation", Level.FINE, _("no writes with fewer than %(given)s replicas") % numbers)
    what = _("min-replicas-to-write is %(given)s: a primary that is cut off goes on taking writes.") % numbers
    remedy = _("Set `%(setting)s`, and `min-replicas-max-lag` to a few seconds.") % {"setting": setting}
    return _short("isolation", what, remedy, asked)


def _short(check: str, what: str, remedy: str, asked: DurabilityConf) -> Finding:
    return Finding(check, Level.FAILURE if asked.is_chosen else Level.WARNING, what, remedy)


def _unknown(check: str, what: str, asked: DurabilityConf) -> Finding:
    remedy = _(
        "Let it ask (`+info +config|get`), or see for yourself that ORDERSTREAM_DURABILITY=%(level)s is kept."
    )
    return Finding(check, Level.WARNING, what, remedy % {"level": asked.level})


def _set(setting: str, asked: DurabilityConf) -> str:
    words = {"setting": setting, "level": asked.level}
    if asked.is_chosen:
        return _("Set `%(setting)s`, or choose a level below ORDERSTREAM_DURABILITY=%(level)s.") % words
    return _("Set `%(setting)s`, or ORDERSTREAM_DURABILITY=memory if that may be lost.") % words


def _sync_for(asked: DurabilityConf) -> str:
    return f"appendfsync {'always' if asked.level is Durability.ALWAYS else 'everysec'}"


def _broken_disk(said: Said) -> Finding | None:
    failed = [
        name
        for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
        if said.info.get(name, "ok") != "ok"
    ]
    if not failed:
        return None
    what = _("The server could not write to its disk (%(what)s).") % {"what": ", ".join(failed)}
    remedy = _("Look at its log, and at the space and the rights of its `dir`.")
    return Finding("disk", Level.FAILURE, what, remedy, Cause.DISK_FAILS)
