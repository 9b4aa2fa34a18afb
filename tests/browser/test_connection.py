"""What the board says while it cannot see, and that it comes back by itself."""

from playwright.sync_api import expect

from tests.browser.conftest import Console, OpenBoard
from tests.browser.installation import Installation
from tests.browser.pages import a_customer, place, row_of


def test_redis_going_away_is_said_and_the_board_goes_on_by_itself(
    open_board: OpenBoard, installation: Installation, console: Console
) -> None:
    board, customer = open_board(), a_customer()
    place(board, customer)
    try:
        installation.stop_redis()
        band = board.locator("feed-band")
        expect(band).to_contain_text("Redis does not answer.", timeout=15_000)
        expect(row_of(board, customer)).to_be_visible()
    finally:
        installation.start_redis()
    expect(band).to_be_hidden(timeout=20_000)
    after = a_customer()
    place(board, after)
    expect(row_of(board, after)).to_be_visible()


def test_a_page_opened_while_redis_is_away_says_what_still_works(
    open_board: OpenBoard, installation: Installation, console: Console
) -> None:
    console.expected.append("status of 503")
    board = open_board()
    try:
        installation.stop_redis()
        board.goto("/")
        expect(board.get_by_role("heading", name="Redis does not answer")).to_be_visible()
    finally:
        installation.start_redis()
    board.locator("feed-badge[data-feed=live]").wait_for(timeout=20_000)


def test_the_web_process_going_away_is_said_and_the_board_reconnects(
    open_board: OpenBoard, installation: Installation, console: Console
) -> None:
    console.expected += ["ERR_CONNECTION", "WebSocket connection", "ERR_EMPTY_RESPONSE"]
    board, missed = open_board(), a_customer()
    try:
        installation.stop_web()
        expect(board.locator("feed-band")).to_contain_text("Offline for", timeout=15_000)
    finally:
        installation.start_web()
    expect(board.locator("feed-band")).to_be_hidden(timeout=30_000)
    place(open_board(), missed)
    expect(row_of(board, missed)).to_be_visible()
