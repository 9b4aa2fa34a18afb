"""The admin in a browser: reached from the board, readable, quiet in the console, and all of it from here."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Console, sign_in
from tests.browser.fitting import too_wide
from tests.browser.installation import Installation
from tests.browser.looks import THEMES, faults, serious

pytestmark = pytest.mark.console

OpenAdmin = Callable[..., Page]

PAGES = (
    "",
    "orderstream/processing/1/change/",
    "orderstream/simulation/1/change/",
    "orderstream/product/",
    "orderstream/product/add/",
    "orderstream/apikey/",
    "orderstream/apikey/add/",
    "auth/group/",
    "auth/group/1/change/",
    "orderstream/auditentry/",
    "orderstream/fileimport/",
    "orderstream/effect/",
    "password_change/",
)


@pytest.fixture
def open_admin(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    console: Console,
) -> OpenAdmin:
    """A page of the admin as a manager sees it; a request to any other host is a complaint."""

    def open_page(path: str = "", **options: object) -> Page:
        context = new_context(**options)
        context.add_cookies(sessions("manager"))  # type: ignore[arg-type]
        page = context.new_page()
        listen(page, console)
        page.goto(f"/admin/{path}")
        return page

    return open_page


def listen(page: Page, console: Console) -> None:
    console.listen(page)
    page.on("request", lambda request: foreign(request.url, console))


def foreign(url: str, console: Console) -> None:
    if urlsplit(url).hostname not in {"localhost", None}:
        console.complaints.append(f"asked another host: {url}")


def styled(page: Page) -> bool:
    """The sheet of Unfold and ours have both come."""
    return bool(
        page.evaluate("getComputedStyle(document.body).fontFamily.includes('system-ui')")
        and page.evaluate("getComputedStyle(document.querySelector('#page')).display === 'flex'")
    )


@pytest.fixture
def warnings_of_web(installation: Installation) -> Callable[[], list[str]]:
    """What the web process has complained about since the test began."""
    log = installation.folder / f"web-{installation.port}.log"
    begin = log.stat().st_size

    def warnings() -> list[str]:
        lines = log.read_bytes()[begin:].decode(errors="replace").splitlines()
        return [line for line in lines if re.search(r"\[(warning|error)|Traceback|Warning:", line)]

    return warnings


def test_no_page_makes_the_web_process_complain(
    open_admin: OpenAdmin, warnings_of_web: Callable[[], list[str]]
) -> None:
    """Its views are synchronous, and run in a thread beside an event loop."""
    admin = open_admin()
    for path in PAGES:
        admin.goto(f"/admin/{path}")
    assert warnings_of_web() == []


def test_no_page_has_a_serious_finding_or_is_wider_than_its_screen(open_admin: OpenAdmin) -> None:
    admin, found = open_admin(), []
    for path in PAGES:
        # Unfold asks for the theme only as it loads a page; a screen may be narrow then, too.
        for theme, width in (("light", 360), ("dark", 1280)):
            admin.emulate_media(color_scheme=theme)  # type: ignore[arg-type] # a Literal of theirs
            admin.set_viewport_size({"width": width, "height": 900})
            admin.goto(f"/admin/{path}")
            assert styled(admin), path
            asked = faults(admin, too_wide, widths=(360, 768, 1280), themes=(theme,))
            asked += faults(admin, serious, widths=(1280,), themes=(theme,))
            found += [f"/admin/{path} at {fault}" for fault in asked]
    assert found == []


def test_a_manager_goes_from_the_board_to_a_setting_and_back(open_admin: OpenAdmin) -> None:
    page = open_admin()
    page.goto("/")
    page.get_by_role("link", name="Settings").first.click()
    page.locator(".settings").get_by_role("link", name="Simulation").click()
    page.get_by_label("Failure rate").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Use a share from 0 to 1")).to_be_visible()
    page.get_by_label("Failure rate").fill("0.05")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile(r"Saved as version \d+\."))).to_be_visible()
    page.get_by_label("Failure rate").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Running workers take it over")).to_be_visible()
    page.get_by_role("link", name="Board").first.click()
    expect(page).to_have_url(re.compile(r"/$"))


def test_a_key_is_made_shown_once_and_revoked(open_admin: OpenAdmin) -> None:
    page = open_admin()
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type] # a Literal of theirs
        page.goto("/admin/orderstream/apikey/add/")
        page.get_by_label("Name").fill(f"made in {theme}")
        page.get_by_label("orders:read").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("API key", exact=True)).to_have_value(re.compile(r"^os_"))
        assert serious(page) == [], theme
        page.get_by_role("link", name="I have it").click()
        assert "os_" not in page.content()
        page.get_by_role("row", name=f"made in {theme}").get_by_role("checkbox").check()
        page.get_by_label("Select action to run").select_option("revoke")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("button", name="Revoke 1 key")).to_be_visible()
        assert serious(page) == [], theme
        page.get_by_role("button", name="Revoke 1 key").click()
        expect(page.get_by_text("Revoked 1 key.")).to_be_visible()


def test_signing_in_leads_to_the_admin_and_signing_out_leaves_it(
    new_context: Callable[..., BrowserContext], console: Console
) -> None:
    page = new_context().new_page()
    listen(page, console)
    sign_in(page, "manager", "/admin/")
    expect(page).to_have_url(re.compile(r"/admin/$"))
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/admin/")
    expect(page.get_by_label("Password")).to_be_visible()


def test_it_works_with_files_out_of_the_packages(
    new_context: Callable[..., BrowserContext], installation: Installation, console: Console
) -> None:
    with installation.another_web(ORDERSTREAM_STATIC_ROOT="", DEBUG="on") as url:
        page = new_context().new_page()
        listen(page, console)
        sign_in(page, "manager", f"{url}/admin/")
        page.locator(".settings").get_by_role("link", name="Processing").click()
        expect(page.get_by_label("Time limit")).to_be_visible()
        assert styled(page)
