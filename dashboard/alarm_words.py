"""The alarm strip: what each alarm says, and which page shows more; js/alarm-words.js says the same later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from dashboard.judgements import Alarm
from dashboard.numerals import clock_seconds, count, percent_whole, rate, span_text
from dashboard.protocol import Snapshot
from dashboard.remarks import heirs

SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `status` is critical or warning, `look` names the page that shows more, `ids` are linked."""

    key: str
    status: str
    icon: str
    head: str
    text: str
    since: str
    look: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """Three at most; `more` says how many there are besides."""

    rows: tuple[Row, ...]
    more: str


def strip_of(snapshot: Snapshot) -> Strip:
    alarms = snapshot.figures.alarms
    rows = tuple(_row(alarm, snapshot.at) for alarm in alarms[:SHOWN])
    left = len(alarms) - len(rows)
    return Strip(rows, gettext("and %(count)s more") % {"count": count(left)} if left else "")


def _row(alarm: Alarm, at: int) -> Row:
    head, text = _WORDS[alarm.kind](alarm, at)
    return Row(
        key=f"{alarm.kind} {alarm.worker}",
        status="critical" if alarm.is_critical else "warning",
        icon=_ICONS.get(alarm.kind, "alert"),
        head=head,
        text=text,
        since=clock_seconds(alarm.since),
        look=_LOOK[alarm.kind],
        ids=alarm.ids,
    )


def _audit(alarm: Alarm, at: int) -> tuple[str, str]:
    values = {"lost": count(alarm.lost), "doubled": count(alarm.doubled), "wrong": count(alarm.wrong)}
    text = gettext(
        "%(lost)s lost, %(doubled)s doubled, %(wrong)s otherwise wrong. "
        "manage.py audit_orders --repair mends what can be mended."
    )
    if alarm.lost or alarm.doubled:
        return gettext("Orders lost or doubled."), text % values
    return gettext("What is stored is not what happened."), text % values


def _worker_lost(alarm: Alarm, at: int) -> tuple[str, str]:
    silent = gettext("%(worker)s has been silent for %(span)s.") % {
        "worker": alarm.worker,
        "span": span_text((at - alarm.since) / 1000),
    }
    return gettext("Worker lost."), f"{silent} {heirs([alarm])}"


def _slow_worker(alarm: Alarm, at: int) -> tuple[str, str]:
    values = {"worker": alarm.worker, "p95": rate(alarm.p95), "others": rate(alarm.others)}
    text = gettext("%(worker)s takes %(p95)s s at p95, the others %(others)s s.") % values
    return gettext("Slow worker."), text


def _dead_letters(alarm: Alarm, at: int) -> tuple[str, str]:
    values = {"count": count(alarm.letters), "span": span_text((at - alarm.since) / 1000)}
    return gettext("Dead letters rise."), gettext("%(count)s more within %(span)s.") % values


def _memory(alarm: Alarm, at: int) -> tuple[str, str]:
    values = {"share": percent_whole(alarm.share)}
    if alarm.is_full:
        text = gettext("Redis uses %(share)s %% of it; new orders are refused, accepted ones are finished.")
        return gettext("Memory is nearly full."), text % values
    return gettext("Memory runs low."), gettext("Redis uses %(share)s %% of it.") % values


def _paused(alarm: Alarm, at: int) -> tuple[str, str]:
    text = gettext("Workers finish what they hold and begin nothing; orders are accepted and wait.")
    return gettext("Paused."), text


def _keeper_silent(alarm: Alarm, at: int) -> tuple[str, str]:
    text = gettext("Charts and judgements stand still. Start one with manage.py runkeeper.")
    return gettext("No keeper is running."), text


_WORDS: Final[Mapping[str, Callable[[Alarm, int], tuple[str, str]]]] = {
    "audit": _audit,
    "worker_lost": _worker_lost,
    "slow_worker": _slow_worker,
    "dead_letters": _dead_letters,
    "memory": _memory,
    "paused": _paused,
    "keeper_silent": _keeper_silent,
}
_ICONS: Final = {"worker_lost": "lost", "paused": "paused"}
_LOOK: Final = {
    "audit": "orders",
    "worker_lost": "workers",
    "slow_worker": "workers",
    "dead_letters": "failed",
    "memory": "stream",
    "paused": "workers",
    "keeper_silent": "stream",
}
