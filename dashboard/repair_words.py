"""What a repair of the audit was about to mend, in words for the activity page."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.numerals import count

IDS_SAID: Final = 3
# Each bucket of times is one.
TOTALS_SAID: Final = 10


def repaired(details: Mapping[str, Any]) -> str:
    """The end of a sentence that begins with who did it; a hand may have written the details."""
    parts = list(_parts(details))
    if not parts:
        return _("repaired nothing after an audit")
    return _("repaired after an audit: %(what)s") % {"what": "; ".join(parts)}


def _parts(details: Mapping[str, Any]) -> Iterator[str]:
    for remedy, orders in details.items():
        if remedy == "totals" and isinstance(orders, Mapping):
            said = [f"{name} {_signed(by)}" for name, by in sorted(orders.items())[:TOTALS_SAID]]
            values = {"totals": ", ".join(said) + (" …" if len(orders) > TOTALS_SAID else "")}
            yield _("totals that were off: %(totals)s") % values
        elif isinstance(orders, Mapping) and isinstance(orders.get("count"), int):
            yield _orders(remedy, orders["count"], orders.get("ids"))


def _orders(remedy: str, number: int, ids: object) -> str:
    templates = {
        "restore": ngettext(
            "%(count)s lost status hash (%(ids)s)", "%(count)s lost status hashes (%(ids)s)", number
        ),
        "repair": ngettext(
            "%(count)s place in the indexes (%(ids)s)", "%(count)s places in the indexes (%(ids)s)", number
        ),
        "sweep": ngettext(
            "%(count)s entry to acknowledge (%(ids)s)", "%(count)s entries to acknowledge (%(ids)s)", number
        ),
    }
    if remedy not in templates:
        return f"{remedy} {count(number)}"
    known = [str(each) for each in ids] if isinstance(ids, list) else []
    said = ", ".join(known[:IDS_SAID]) + (" …" if number > IDS_SAID else "")
    return templates[remedy] % {"count": count(number), "ids": said}


def _signed(by: object) -> str:
    return f"{by:+d}" if isinstance(by, int) else str(by)
