"""Numbers, spans and amounts as text for the first paint; js/format.js says the same later."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils import formats
from django.utils.translation import gettext

NBSP: Final = "\u00a0"

UNITS: Final = ("B", "kB", "MB", "GB", "TB")

# The unit stands smaller behind its number.
Measure = tuple[str, str]


# Of the time in an order's id: what stands before repeats from order to order.
TAIL_DIGITS: Final = 5


def head_and_tail(order_id: str) -> tuple[str, str]:
    """The tail is what tells an order from its neighbours."""
    cut = max(0, order_id.find("-") - TAIL_DIGITS)
    return order_id[:cut], order_id[cut:]


def about(seconds: float) -> str:
    """One unit, for what is only guessed: 22 min, 31 h, 9 d."""
    if seconds < 3_600:
        return f"{count(max(1, int(seconds / 60 + 0.5)))}{NBSP}{gettext('min')}"
    if seconds < 172_800:
        return f"{count(int(seconds / 3_600 + 0.5))}{NBSP}{gettext('h')}"
    return f"{count(int(seconds / 86_400 + 0.5))}{NBSP}{gettext('d')}"


def as_set(seconds: float) -> str:
    """As somebody chose them: 30 s, 2.5 s."""
    number = count(int(seconds)) if seconds == int(seconds) else f"{seconds:,.2f}".rstrip("0")
    return f"{number}{NBSP}{gettext('s')}"


def percent_whole(share: float) -> str:
    return count(int(share * 100 + 0.5))


def clock(ms: int) -> str:
    """In UTC, as the side says until js/zone.js names the viewer's zone."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M")


def clock_seconds(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S")


def percent(share: float) -> str:
    """Never rounded up to all: 99.99 % is not everything."""
    return formats.number_format(int(share * 10_000) / 100, decimal_pos=2, use_l10n=True)


def unknown() -> str:
    return gettext("unknown")


def count(number: int) -> str:
    return formats.number_format(number, use_l10n=True, force_grouping=True)


def rate(per_second: float) -> str:
    # As a browser rounds: half away from zero, by the digits one sees. Django would cut them off.
    tenths = Decimal(repr(per_second)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return formats.number_format(tenths, decimal_pos=1, use_l10n=True, force_grouping=True)


def amount(stored: str) -> str:
    """As stored: every decimal place is kept, only the thousands are grouped."""
    return formats.number_format(Decimal(stored), use_l10n=True, force_grouping=True)


def size(number_of_bytes: int) -> Measure:
    """381 B, 152 MB, 1.4 GB: a thousand of one is one of the next, as disks are sold."""
    power = next((p for p in range(4) if number_of_bytes < 999.5 * 1000**p), 4)
    value = number_of_bytes / 1000**power
    has_tenths = power > 0 and value < 9.95 and value % 1 >= 0.05
    return rate(value) if has_tenths else count(int(value + 0.5)), NBSP + UNITS[power]


def span(seconds: float) -> Measure:
    """Two units at most: 0.8 s, 22 min, 3 h 12 min, 2 d 4 h."""
    if seconds < 59.95:
        return rate(max(0.0, seconds)), NBSP + gettext("s")
    minutes = int(seconds // 60)
    if minutes < 60:
        return count(max(1, minutes)), NBSP + gettext("min")
    hours = minutes // 60
    if hours < 24:
        return f"{hours}{NBSP}{gettext('h')} {minutes % 60}", NBSP + gettext("min")
    return f"{count(hours // 24)}{NBSP}{gettext('d')} {hours % 24}", NBSP + gettext("h")


def span_text(seconds: float) -> str:
    return "".join(span(seconds))
