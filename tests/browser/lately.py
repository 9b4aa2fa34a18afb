"""What the keeper says while a test looks at the board."""

from orderstream.streams.ranking import Place, Top

SECOND, MINUTE = 1_000, 60_000
GAP = range(300, 361)  # seconds ago in which nothing was measured
DRAWN = "() => charts().length === 3 && charts().every((c) => c.data.datasets[0]?.data.length > 100)"
CHARTS_JS = "window.charts = () => [...document.querySelectorAll('canvas')].map((c) => Chart.getChart(c))"


def figures(seconds_ago: int) -> dict[str, float]:
    """Of one sample; the newest has the worst p99."""
    known: dict[str, float] = {
        "placed_per_second": 41.8,
        "completed_per_second": 41.2,
        "failed_per_second": 0,
    }
    known |= {"lag": 31, "in_hand": 68, "waiting": 12, "worker:kobe-1": 11.4}
    known |= {"processing_p50": 1.3, "processing_p95": 2.7, "processing_p99": 3.9 if seconds_ago else 5.9}
    return known


def ranking(now_ms: int) -> Top:
    """Five products and customers; the dearest are those that are ordered least."""
    places = tuple(Place(f"P-{n}", 9 - n, f"{9 - n}.50") for n in range(5))
    dearest = tuple(reversed(places))
    return Top(now_ms, now_ms, True, 0, places, dearest, places, dearest)
