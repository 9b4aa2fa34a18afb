"""One's sign-ins in a browser: ended from another, and kept while a board is watched."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Console, OpenBoard, sign_in
from tests.browser.fitting import misfits
from tests.browser.looks import THEMES, faults, serious

pytestmark = pytest.mark.console

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
NewContext = Callable[..., BrowserContext]


@pytest.fixture
def signed_in(new_context: NewContext, console: Console) -> Callable[..., Page]:
    """A browser of its own, with a sign-in of its own."""

    def open_one(name: str, **options: object) -> Page:
        page = new_context(**options).new_page()
        console.listen(page)
        sign_in(page, name)
        return page

    return open_one


def test_a_phone_that_was_left_somewhere_is_signed_out_from_here(signed_in: Callable[..., Page]) -> None:
    phone = signed_in("operator", user_agent=PHONE)
    phone.locator("feed-badge[data-feed=live]").wait_for()
    here = signed_in("operator")
    here.get_by_role("link", name="Operator Mori").click()
    expect(here.get_by_role("heading", name="Your sign-ins")).to_be_visible()
    expect(here.get_by_role("row", name="this one")).to_contain_text("now")
    here.get_by_role("button", name="Sign out Safari 17 on iOS").first.click()
    expect(here.get_by_role("button", name="Sign out Safari 17 on iOS")).to_have_count(0)
    expect(phone.get_by_role("button", name="Sign in")).to_be_visible(timeout=5_000)


def test_on_a_phone_one_signs_out_on_the_account_page(signed_in: Callable[..., Page]) -> None:
    page = signed_in("viewer", viewport={"width": 360, "height": 740})
    page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="Your sign-ins").click()
    expect(page.get_by_role("link", name="More")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Sign out here").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_on_a_phone_one_signs_out_behind_more(signed_in: Callable[..., Page]) -> None:
    page = signed_in("manager", viewport={"width": 360, "height": 740})
    page.get_by_role("link", name="More").click()
    expect(page.get_by_role("heading", name="More")).to_be_visible()
    assert faults(page, serious, widths=(360,), themes=THEMES) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_board_that_is_watched_keeps_its_session(new_context: NewContext, console: Console) -> None:
    page = new_context().new_page()
    console.listen(page)
    sign_in(page, "viewer")
    page.clock.install()
    page.goto("/")
    # Else the hour passes while the socket is still being opened, and the browser complains of that.
    page.locator("feed-badge[data-feed=live]").wait_for()
    with page.expect_request(lambda request: request.method == "HEAD"):
        page.clock.fast_forward("01:00:01")


def test_the_account_fits_and_has_no_serious_finding(open_board: OpenBoard) -> None:
    page = open_board()
    page.goto("/account/")
    assert faults(page, misfits) == []
    assert faults(page, serious, widths=(360, 1280), themes=THEMES) == []
