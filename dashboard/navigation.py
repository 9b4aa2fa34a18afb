"""The pages that the side and a phone's tab bar name, in their order; a further page is one line here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.viewers import Viewer
from orderstream.access.rights import Right


@dataclass(frozen=True, slots=True)
class Entry:
    """`url` is the name of the page's URL, and the page's own name."""

    url: str
    icon: str
    label: Promise
    # The letter that leads there after `g`; empty: none.
    key: str = ""
    right: Right = Right.READ_ORDERS
    # A phone has room for five; the fifth is More, which leads to the others.
    on_phone: bool = True
    # Where a phone's tab has no room for the label.
    short: Promise | None = None
    # The status whose orders are counted beside the label, or workers; empty: no number.
    counts: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as somebody sees it."""

    entry: Entry
    href: str
    is_current: bool


ENTRIES: Final = (
    Entry("board", "board", _("Board"), "b"),
    Entry("orders", "orders", _("Orders"), "o"),
    Entry("failed", "dead", _("Dead letters"), "d", short=_("Dead"), counts="failed"),
    Entry("workers", "workers", _("Workers"), "w", counts="workers"),
    Entry("stream", "stream", _("Stream"), "s", on_phone=False),
    Entry("activity", "activity", _("Activity"), "a", Right.OPERATE_STREAM, on_phone=False),
    Entry("admin:index", "settings", _("Settings"), right=Right.CONFIGURE, on_phone=False),
    Entry("api-1:openapi-view", "api", _("API"), on_phone=False),
)

# By the name of its URL: what a page is called, and of those without an entry, under which they stand.
_TITLES: Final = {entry.url: entry.label for entry in ENTRIES} | {
    "order": _("Order"),
    "place": _("Place an order"),
    "account": _("Your sign-ins"),
    "more": _("More"),
}
_UNDER: Final = {"order": "orders"}


def title_of(request: HttpRequest) -> Promise | str:
    """The heading of the page that was asked for; of a part of it too."""
    return _TITLES.get(_page_asked_for(request), "OrderStream")


def entry_of(request: HttpRequest) -> str:
    """As `links_for` takes it."""
    page = _page_asked_for(request)
    return _UNDER.get(page, page)


def _page_asked_for(request: HttpRequest) -> str:
    """A part is called <page>_<part>."""
    match = request.resolver_match
    return (match.url_name or "").partition("_")[0] if match else ""


def is_behind_more(links: Iterable[Link], page: str) -> bool:
    """On a phone the tab More leads there."""
    return page == "account" or any(link.is_current and not link.entry.on_phone for link in links)


def links_for(viewer: Viewer, page: str) -> list[Link]:
    """Only what they may open; hiding is no check, each page asks again."""
    return [
        Link(entry, reverse(entry.url), entry.url == page)
        for entry in ENTRIES
        if viewer.caller.may(entry.right)
    ]
