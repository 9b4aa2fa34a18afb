"""The badge against a feed that the test plays: how far behind the view is, and what the browser answers."""

import json
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from dashboard.protocol import AcknowledgeCursor, parse
from tests.browser.conftest import OpenBoard
from tests.waiting import wait_until_now


class Feed:
    """Stands in for the server's end of the socket; what it sends is as old as the test says."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heard: list[str] = []
        self.cursors: list[str] = []
        page.route_web_socket("**/ws/board/**", self._accept)

    def _accept(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        self.cursors.append(socket.url.partition("cursor=")[2])
        socket.on_message(lambda text: self.heard.append(str(text)))

    def send(self, **parts: Any) -> None:
        self.socket.send(json.dumps({"type": "frame", "orders": [], "left_out": 0, **parts}))

    def now(self) -> int:
        return int(self.page.evaluate("Date.now()"))


def played(open_board: OpenBoard) -> Feed:
    page = open_board()
    feed = Feed(page)
    page.reload()
    wait_until_now(lambda: page.evaluate("true") and feed.cursors)
    return feed


def test_a_late_message_shows_how_far_behind_the_view_is(open_board: OpenBoard) -> None:
    feed = played(open_board)
    badge = feed.page.locator("feed-badge")
    feed.send(cursor="9999999999999-0", at=feed.now())
    expect(badge).to_contain_text("Live")
    feed.send(cursor="9999999999999-1", at=feed.now() - 4_000)
    expect(badge).to_contain_text("behind catching up")
    feed.send(cursor="9999999999999-2", at=feed.now())
    expect(badge).to_contain_text("Live")


def test_silence_is_not_taken_for_quiet(open_board: OpenBoard) -> None:
    feed = played(open_board)
    feed.send(cursor="9999999999999-0", at=feed.now())
    expect(feed.page.locator("feed-badge")).to_contain_text("nothing is heard", timeout=8_000)


def test_the_browser_acknowledges_what_it_applied_and_names_it_when_it_comes_back(
    open_board: OpenBoard,
) -> None:
    feed = played(open_board)
    at = feed.now()
    feed.send(cursor="9999999999999-7", at=at)
    expect(feed.page.locator("feed-badge")).to_contain_text("Live")
    wait_until_now(lambda: feed.page.evaluate("true") and feed.heard)
    acknowledged = parse(feed.heard[0])
    assert isinstance(acknowledged, AcknowledgeCursor)
    assert (str(acknowledged.cursor), acknowledged.at) == ("9999999999999-7", at)
    feed.socket.close(code=1012)
    wait_until_now(lambda: feed.page.evaluate("true") and len(feed.cursors) == 2)
    assert feed.cursors[1] == "9999999999999-7"
