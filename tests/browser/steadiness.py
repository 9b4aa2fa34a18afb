"""What moved on a page without anybody's doing, as Chromium counts it (layout-shift)."""

from playwright.sync_api import Page

WATCH = """() => {
    window.watching?.disconnect();
    window.shifts = [];
    const about = (node) => (node?.outerHTML ?? node?.parentElement?.outerHTML ?? "gone").slice(0, 100);
    const isRow = (node) => Boolean((node?.closest ? node : node?.parentElement)?.closest("tbody"));
    window.watching = new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries())
            shifts.push({ value, moved: sources.map(({ node }) => [isRow(node), about(node)]) });
    });
    watching.observe({ type: "layout-shift" });
}"""
# Below that it is a number that is set to the right and has got a digit more.
LEAST = 0.0005


def watch_shifts(page: Page) -> None:
    """From now on: what moved before is forgotten."""
    page.evaluate(WATCH)


def shifts(page: Page, *, rows: bool = True) -> list[str]:
    """What has moved since; without `rows`, those of lists do not count, which move when one comes on top."""
    return [
        f"{shift['value']:.4f} {text}"
        for shift in page.evaluate("shifts")
        if shift["value"] > LEAST
        for is_row, text in shift["moved"]
        if rows or not is_row
    ]
