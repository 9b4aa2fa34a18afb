"""A board in a real browser, and how busy it keeps the main thread of its tab."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import CDPSession, async_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.dashboard.daphne import Web


@dataclass(frozen=True, slots=True)
class Busy:
    """Of a tab's main thread at one moment: seconds on its clock, of a core that it used, bytes of its heap.

    By the core's time, not by how long its tasks lasted: that counts whatever else runs on the machine, too.
    """

    at: float
    used: float
    heap: float


class Tab:
    def __init__(self, devtools: CDPSession) -> None:
        self._devtools = devtools

    async def busy(self) -> Busy:
        answer = await self._devtools.send("Performance.getMetrics")
        metrics = {each["name"]: each["value"] for each in answer["metrics"]}
        return Busy(metrics["Timestamp"], metrics["ThreadTime"], metrics["JSHeapUsedSize"])


@asynccontextmanager
async def open_tab(web: Web) -> AsyncIterator[Tab]:
    """As anybody leaves it open: 1280 by 900, at the top of the board."""
    url = f"http://127.0.0.1:{web.port}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        await context.add_cookies([{"name": "sessionid", "value": web.session, "url": url}])
        page = await context.new_page()
        await page.goto(url)
        await page.locator("feed-badge[data-feed=live]").wait_for()
        devtools = await context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        yield Tab(devtools)
        await browser.close()
