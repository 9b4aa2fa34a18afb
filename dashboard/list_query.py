"""What the address of the list of orders asks for: statuses, a span of time or ids, a page of it, a find."""

import re
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from dashboard.moments import LENGTH_MAX, NoMoment, span_from, zone_named
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import is_order_id
from orderstream.streams.entries import Span

FIND_MAX: Final = 64
_TAIL: Final = re.compile(r"…?([0-9]{1,20}(-[0-9]{1,20})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`since` and `until` are as somebody typed them: an id, or a time that is read in `zone`.

    `before` and `after` are ids, exclusive: the page of older or of newer ones.
    """

    statuses: tuple[OrderStatus, ...] = ()
    since: str = ""
    until: str = ""
    zone: str = ""
    before: str = ""
    after: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        """What no link of ours says is left out."""
        asked = set(given.getlist("status"))
        return cls(
            statuses=tuple(status for status in OrderStatus if status in asked),
            since=given.get("since", "").strip()[:LENGTH_MAX],
            until=given.get("until", "").strip()[:LENGTH_MAX],
            zone=given.get("zone", "")[:LENGTH_MAX],
            before=_id(given.get("before", "")),
            after=_id(given.get("after", "")),
        )

    def __str__(self) -> str:
        """The address."""
        asked = urlencode(self._asked(), errors="replace")
        return reverse("orders") + (f"?{asked}" if asked else "")

    @property
    def is_at_the_top(self) -> bool:
        """The newest ones, to which others come."""
        return not (self.before or self.after or self.until)

    @property
    def is_filtered(self) -> bool:
        return bool(self.statuses or self.since or self.until)

    def span(self, now_ms: int) -> Span:
        """NoMoment when a boundary is neither an id nor a time."""
        zone = zone_named(self.zone)
        return Span(
            since=_boundary(f"{self.since}..", zone, now_ms).since if self.since else None,
            until=_boundary(f"..{self.until}", zone, now_ms).until if self.until else None,
            before=self.before or None,
            after=self.after or None,
        )

    def first_page(self) -> Self:
        return replace(self, before="", after="")

    def older_than(self, order_id: str) -> Self:
        return replace(self, before=order_id, after="")

    def newer_than(self, order_id: str) -> Self:
        return replace(self, before="", after=order_id)

    def toggled(self, status: OrderStatus) -> Self:
        """With this status, or without it where it was asked for."""
        asked = {*self.statuses} ^ {status}
        return replace(self.first_page(), statuses=tuple(each for each in OrderStatus if each in asked))

    def without(self, name: str) -> Self:
        return replace(self.first_page(), **{name: () if name == "statuses" else ""})  # type: ignore[arg-type]

    def _asked(self) -> list[tuple[str, str]]:
        statuses = [("status", status.value) for status in self.statuses]
        names = ("since", "until", "zone", "before", "after")
        texts = [(name, getattr(self, name)) for name in names]
        has_times = bool(self.since or self.until)
        return statuses + [(name, text) for name, text in texts if text and (name != "zone" or has_times)]


def tail_from(text: str) -> str | None:
    """What somebody typed to find an order: its id, or the end of it as pages show it. None: neither."""
    found = _TAIL.fullmatch(text.strip()[:FIND_MAX])
    return found[1] if found else None


def _boundary(text: str, zone: tzinfo, now_ms: int) -> Span:
    if text.count("..") > 1:
        raise NoMoment(text)
    # The plus of +02:00 is a blank once somebody's query string is decoded.
    return span_from(text.replace(" ", "+") if "T" in text else text, zone, now_ms)


def _id(text: str) -> str:
    return text if is_order_id(text) else ""
