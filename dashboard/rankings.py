"""The ranking as the page first sets it: by orders; js/board-ranking.js goes on."""

from dataclasses import dataclass

from django.utils.translation import gettext

from dashboard.judgements import Ranked, Ranking


@dataclass(frozen=True, slots=True)
class RankedList:
    """`of` is what the ranking's parts are named after."""

    of: str
    title: str
    head: str
    places: tuple[Ranked, ...]


def rankings_of(ranking: Ranking | None) -> tuple[RankedList, RankedList]:
    products = ranking.products_by_orders if ranking else ()
    customers = ranking.customers_by_orders if ranking else ()
    return (
        RankedList("products", gettext("Top products"), gettext("Product"), products),
        RankedList("customers", gettext("Top customers"), gettext("Customer"), customers),
    )
