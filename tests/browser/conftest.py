"""One installation for all browser tests, a Chromium for each module; complaints in the console fail."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from orderstream.streams.outlook import Alarm, Flow, Mark, Outlook
from tests.browser.installation import PASSWORD, Installation
from tests.browser.lately import CHARTS_JS, DRAWN, GAP, MINUTE, SECOND, figures, ranking
from tests.browser.people import OF_THE_PAGE, Cookies, People
from tests.browser.stage import Stage

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A condition holds at last, however busy the machine; whoever promises a time gives it.
expect.set_options(timeout=30_000)

OpenBoard = Callable[..., Page]
OpenAt = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # The first one also starts the installation and Chromium.
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("browser"))
    try:
        installation.prepare()
        yield installation
    finally:
        installation.end()


@pytest.fixture
def installation(running: Installation) -> Installation:
    """Without what other tests left in Redis: each begins on an empty one."""
    running.empty()
    return running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Its absence is a failure, not a skip: nothing else proves the pages.

    No longer than a module: while Playwright's event loop has the thread, no test can run a loop of its own.
    """
    assert CHROMIUM.exists(), "Chromium is missing: apt-get install chromium"
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        # Django takes that loop for async code.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Console:
    """What the pages of a test complained about, and what of it the test provokes."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def listen(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def unexpected(self) -> list[str]:
        return [text for text in self.complaints if not any(part in text for part in self.expected)]


@pytest.fixture
def console() -> Iterator[Console]:
    console = Console()
    yield console
    assert not console.unexpected()


@pytest.fixture
def new_context(browser: Browser, installation: Installation) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = browser.new_context(base_url=installation.url, locale="en-GB", **options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def kept() -> dict[str, Cookies]:
    """The cookies of each person, signed in once: hashing passwords is slow on purpose."""
    return {}


@pytest.fixture(scope="module")
def cookies_of(browser: Browser, running: Installation, kept: dict[str, Cookies]) -> Callable[[str], Cookies]:
    def cookies(name: str) -> Cookies:
        if name not in kept:
            context = browser.new_context(base_url=running.url)
            sign_in(context.new_page(), name)
            kept[name] = context.cookies()  # type: ignore[assignment]
            context.close()
        return kept[name]

    return cookies


@pytest.fixture
def sessions(installation: Installation, cookies_of: Callable[[str], Cookies]) -> Callable[[str], Cookies]:
    """On an empty Redis, where SQL knows them still."""
    return cookies_of


@pytest.fixture(scope="module")
def people(browser: Browser, running: Installation, cookies_of: Callable[[str], Cookies]) -> Iterator[People]:
    people = People(browser, running.url, cookies_of)
    yield people
    people.close()


def sign_in(page: Page, name: str, path: str = "/") -> None:
    page.goto(path)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.fixture
def open_at(
    new_context: Callable[..., BrowserContext],
    installation: Installation,
    people: People,
    console: Console,
) -> Iterator[OpenAt]:
    """Any live page as a manager sees it, or somebody else, once it is live."""

    def open_page(path: str, name: str = "manager", **options: Any) -> Page:
        if options.keys() <= OF_THE_PAGE:
            page = people.new_page(name, options)
        else:
            context = new_context(**options)
            context.add_cookies(people.cookies_of(name))  # type: ignore[arg-type]
            page = context.new_page()
        console.listen(page)
        page.goto(path)
        page.locator("feed-badge[data-feed=live]").wait_for()
        return page

    yield open_page
    people.forget()


@pytest.fixture
def open_board(open_at: OpenAt) -> OpenBoard:
    """The board of somebody signed in, once it is live."""
    return lambda name="operator", **options: open_at("/", name, **options)


@pytest.fixture
def stage(installation: Installation) -> Stage:
    return Stage(installation)


@pytest.fixture
def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def seeded(installation: Installation, stage: Stage, now_ms: int) -> Installation:
    """A quarter of an hour with a gap, alarms, marks and a ranking; as old as it is when the test begins."""
    stage.placed()
    ages = [age for age in range(900, -1, -1) if age not in GAP]
    installation.put_samples({now_ms - age * SECOND: figures(age) for age in ages})
    lost = Alarm("worker_lost", now_ms - 2 * MINUTE, "nara-2", orders=4, heirs=("kobe-2",))
    marks = (Mark(now_ms - 2 * MINUTE, "worker_lost", "nara-2"), Mark(now_ms - 60 * MINUTE, "paused"))
    installation.judge(Outlook(now_ms, Flow("steady", now_ms), (lost, Alarm("paused", now_ms)), marks))
    installation.rank(ranking(now_ms))
    return installation


@pytest.fixture
def open_charts(open_board: OpenBoard) -> OpenBoard:
    def open_page(name: str = "operator", **options: object) -> Page:
        page = open_board(name, **options)
        page.evaluate(CHARTS_JS)
        page.locator("board-charts").scroll_into_view_if_needed()
        page.wait_for_function(DRAWN)
        return page

    return open_page
