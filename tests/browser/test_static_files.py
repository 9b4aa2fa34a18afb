"""The pages work with files straight out of the apps, as `make run` serves them, and under hashed names."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext

from dashboard.templatetags.modules import modules_of
from tests.browser.conftest import Console, OpenBoard, sign_in
from tests.browser.installation import Installation


def test_the_board_is_live_with_files_out_of_the_apps(
    new_context: Callable[..., BrowserContext], installation: Installation, console: Console
) -> None:
    with installation.another_web(ORDERSTREAM_STATIC_ROOT="", DEBUG="on") as url:
        page = new_context().new_page()
        console.listen(page)
        sign_in(page, "viewer", url)
        page.locator("feed-badge[data-feed=live]").wait_for()


def test_every_module_is_loaded_under_its_hashed_name(open_board: OpenBoard) -> None:
    board = open_board()
    names = board.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    modules = [name.rpartition("/")[2] for name in names if "/dashboard/js/" in name]
    assert all(len(name.split(".")) == 3 for name in modules), modules
    # Each once: a module under two names would be two feeds.
    assert sorted(f"{name.split('.')[0]}.js" for name in modules) == list(modules_of("board.js"))
