"""Holds the stored totals against the books, at a moment at which both stand at the same event (I7)."""

from collections.abc import Mapping
from dataclasses import dataclass

from orderstream.domain.histories import Violation
from orderstream.streams.auditing.books import STATUSES, Books
from orderstream.streams.auditing.reports import Findings
from orderstream.streams.auditing.rules import Unjudged


@dataclass(frozen=True, slots=True)
class Stock:
    """`ledger`: what makes up I7. `drift`: what may be taken out of them; none where that is in doubt."""

    ledger: Mapping[str, int]
    drift: Mapping[str, int]


def take_stock(totals: Mapping[str, int], books: Books, unread: int, findings: Findings) -> Stock:
    """`unread`: events that were gone before they were read; by as many a total may differ and be right."""
    ledger = {name: totals.get(f"n_{name}", 0) for name in ("placed", "adopted")}
    ledger |= {status: totals.get(status, 0) for status in STATUSES}
    drift = books.drift(totals)
    in_doubt = books.doubtful + unread
    if drift and max(map(abs, drift.values())) <= in_doubt:
        findings.unjudged[Unjudged.TOTALS] = len(drift)
        drift = {}
        _tell_sum(ledger, findings)
    elif drift:
        said = (
            f"{name} is {totals.get(name, 0)}, the events say {totals.get(name, 0) - by}"
            + ("" if books.measures.is_exact(name) else " or some more")
            for name, by in drift.items()
        )
        findings.add(Violation("I7", "", "; ".join(said)), is_mendable=True)
    sure = {name: by for name, by in drift.items() if by < 0 or books.measures.is_exact(name)}
    return Stock(ledger, sure if not in_doubt else {})


def _tell_sum(ledger: Mapping[str, int], findings: Findings) -> None:
    """Without the log the figures must still add up among themselves."""
    came, are = ledger["placed"] + ledger["adopted"], sum(ledger[status] for status in STATUSES)
    if came != are:
        text = f"placed and adopted are {came}, all statuses together {are}"
        findings.add(Violation("I7", "", text), is_mendable=True)
