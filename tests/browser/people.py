"""The browser contexts of signed-in people, kept: in a new one each page is fetched and compiled anew.

What a test leaves behind, it takes out again; what is kept is what was fetched.
"""

from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page

Cookies = list[dict[str, Any]]

OF_THE_PAGE: Final = frozenset({"viewport", "color_scheme", "reduced_motion"})
"""Options of a context that each page can be given, too."""


class People:
    """`cookies_of` signs a person in."""

    def __init__(self, browser: Browser, url: str, cookies_of: Callable[[str], Cookies]) -> None:
        self._browser, self._url, self.cookies_of = browser, url, cookies_of
        self._contexts: dict[str, BrowserContext] = {}

    def new_page(self, name: str, options: dict[str, Any]) -> Page:
        """Signed in as they were first, whatever became of that session's cookies in another test."""
        if name not in self._contexts:
            self._contexts[name] = self._browser.new_context(base_url=self._url, locale="en-GB")
            self._contexts[name].set_default_timeout(20_000)
        context = self._contexts[name]
        context.add_cookies(self.cookies_of(name))  # type: ignore[arg-type]
        page = context.new_page()
        if viewport := options.get("viewport"):
            page.set_viewport_size(viewport)
        page.emulate_media(
            color_scheme=options.get("color_scheme", "light"),
            reduced_motion=options.get("reduced_motion", "no-preference"),
        )
        return page

    def forget(self) -> None:
        """All pages, and what they have stored."""
        stored = {"origin": self._url, "storageTypes": "local_storage"}
        for context in self._contexts.values():
            if not context.pages:
                context.new_page()  # a test has closed its own
            context.new_cdp_session(context.pages[0]).send("Storage.clearDataForOrigin", stored)
            for page in context.pages:
                page.close()
            context.clear_cookies()
            context.clear_permissions()

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()
