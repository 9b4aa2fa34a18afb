"""Whether a page fits its screen: nothing wider, no text over another, none cut without being told whole."""

from pathlib import Path

from playwright.sync_api import Page

MISFITS = Path(__file__).with_suffix(".js").read_text().strip().removesuffix(";")


def misfits(page: Page) -> list[str]:
    """What does not fit, in words; empty when all does."""
    return list(page.evaluate(MISFITS))


def too_wide(page: Page) -> list[str]:
    """Whether it is wider than its screen: all that is asked of templates that are not ours."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"wider than the screen by {wide} px"] if wide > 0 else []
