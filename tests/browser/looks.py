"""What is asked of a page at each width and in each theme; it is opened once, which costs the most."""

from collections.abc import Callable, Iterable, Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (360, 768, 1280, 1920)
THEMES = ("light", "dark")
HEIGHT = 900

AXE_JS = Axe().axe_script
VIOLATIONS = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"
# A drawer on its way in is half transparent, and so is its text; the rails move for ever.
AT_REST = """() => document.getAnimations().every(
    ({playState, effect}) => playState !== "running" || effect.getTiming().iterations === Infinity)"""
# Who watches sizes and themes is told in the next frame, and what they change stands in the one after it.
SETTLED = """() => document.fonts.ready.then(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"""


def looks(page: Page, widths: Iterable[int] = WIDTHS, themes: Iterable[str] = ("light",)) -> Iterator[str]:
    """Brings the page into each, one after another, without loading it anew; yields the words for it."""
    for theme in themes:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type] # a Literal of theirs
        for width in widths:
            resize(page, width)
            yield f"{width} px, {theme}"


def resize(page: Page, width: int, height: int = HEIGHT) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED)


def faults(
    page: Page,
    *checks: Callable[[Page], list[str]],
    widths: Iterable[int] = WIDTHS,
    themes: Iterable[str] = ("light",),
) -> list[str]:
    """All that the checks find, each with the width and the theme that it is found in."""
    return [
        f"{look}: {found}"
        for look in looks(page, widths, themes)
        for check in checks
        for found in check(page)
    ]


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from reading or using the page."""
    page.wait_for_function(AT_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_JS)
    violations = page.evaluate(VIOLATIONS)
    return [
        f"{found['id']}: {found['help']} {[node['html'][:120] for node in found['nodes'][:3]]}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
    ]
