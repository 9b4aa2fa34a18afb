"""The audit log in words: who did what to the installation, and when; a page at a time, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.actors import names_of, who
from dashboard.entry_lines import readable
from dashboard.numerals import count
from dashboard.repair_words import repaired
from orderstream.audit import entries_async
from orderstream.models import AuditEntry

SHOWN: Final = 50
SETTINGS: Final = "configuration_changed"
REPAIRED: Final = "orders_repaired"
DETAIL_MOST: Final = 200  # characters of what an action without words of its own says of itself


@dataclass(frozen=True, slots=True)
class Deed:
    id: int
    at_ms: int
    who: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class DeedPage:
    """`older`: the id to go on from; None: there is no more."""

    deeds: Sequence[Deed]
    older: int | None


async def deeds(before: int | None) -> DeedPage:
    found = await entries_async(SHOWN + 1, before)
    shown = found[:SHOWN]
    names = await names_of({entry.actor for entry in shown})
    return DeedPage(
        [
            Deed(
                id=entry.pk,
                at_ms=round(entry.at.timestamp() * 1000),
                who=readable(who(entry.actor, names)),
                what=what_of(entry),
                why=readable(entry.reason),
            )
            for entry in shown
        ],
        shown[-1].pk if len(found) > SHOWN else None,
    )


def what_of(entry: AuditEntry) -> str:
    """The end of a sentence that begins with who did it. What has no words yet is told as it is stored."""
    subject = readable(entry.subject)
    template = _templates().get(entry.action)
    if entry.action == "concurrency_asked":
        return _concurrency(subject, entry.details)
    if entry.action in {"orders_requeued", "orders_discarded", "orders_cancelled"}:
        return _many(entry.action, entry.details)
    if entry.action == REPAIRED:
        return readable(repaired(entry.details))[:DETAIL_MOST]
    if entry.action.endswith("_changed") and entry.action != "password_changed":
        return _change(entry.action, subject, entry.details)
    if template is not None:
        return template % {"subject": subject}
    details = [f"{name}={value}" for name, value in sorted(entry.details.items())]
    return " ".join(filter(None, [entry.action, subject, *map(readable, details)]))[:DETAIL_MOST]


def _templates() -> Mapping[str, str]:
    return {
        "paused": _("paused all processing"),
        "resumed": _("let processing go on"),
        "pause_asked": _("asked %(subject)s to pause"),
        "resume_asked": _("asked %(subject)s to go on"),
        "drain_asked": _("asked %(subject)s to drain"),
        "stop_asked": _("asked %(subject)s to stop now"),
        "forgotten": _("forgot the lost worker %(subject)s"),
        "key_issued": _("issued %(subject)s"),
        "key_revoked": _("revoked %(subject)s"),
        "password_changed": _("set a new password for %(subject)s"),
    }


def _many(action: str, details: Mapping[str, Any]) -> str:
    """How many were meant stands there as soon as some were not moved."""
    orders, done = _number(details, "orders"), _number(details, "done")
    texts = {
        "orders_requeued": ngettext(
            "retried %(count)s dead letter", "retried %(count)s dead letters", orders
        ),
        "orders_discarded": ngettext(
            "discarded %(count)s dead letter", "discarded %(count)s dead letters", orders
        ),
        "orders_cancelled": ngettext("cancelled %(count)s order", "cancelled %(count)s orders", orders),
    }
    number = count(orders)
    if done != orders:
        number = _("%(done)s of %(orders)s") % {"done": count(done), "orders": number}
    return texts[action] % {"count": number}


def _number(details: Mapping[str, Any], name: str) -> int:
    value = details.get(name)
    return value if isinstance(value, int) else 0


def _change(action: str, subject: str, details: Mapping[str, Any]) -> str:
    """Something made, deleted or changed, each field with what it was and what it is."""
    before, after = details.get("before"), details.get("after")
    if before and not after:
        return _("deleted %(subject)s") % {"subject": subject}
    if after and not before:
        return _("made %(subject)s") % {"subject": subject}
    head = _("changed the settings of %(subject)s") if action == SETTINGS else _("changed %(subject)s")
    head %= {"subject": subject}
    if not (isinstance(before, Mapping) and isinstance(after, Mapping) and (before or after)):
        return head
    changes = [
        _("%(field)s from %(before)s to %(after)s")
        % {"field": field, "before": _value(before.get(field)), "after": _value(after.get(field))}
        for field in sorted({*before, *after})
    ]
    return readable(f"{head}: {', '.join(changes)}")[:DETAIL_MOST]


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _("nothing")
    return _("as shipped") if value is None else str(value)


def _concurrency(subject: str, details: Mapping[str, Any]) -> str:
    before, after = details.get("before"), details.get("after")
    if after is None:
        return _("gave %(subject)s back the concurrency it was started with") % {"subject": subject}
    values = {"subject": subject, "before": before if before is not None else _("unknown"), "after": after}
    return _("asked %(subject)s for %(after)s orders at one time, before %(before)s") % values
