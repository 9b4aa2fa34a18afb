"""/api/ranking: the products and customers with the most orders, or the highest amounts, in the last hour."""

from collections.abc import Sequence

from django.http import HttpRequest
from ninja import Router

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import schemas
from orderstream.api.answers import iso
from orderstream.api.callers import READING, may
from orderstream.api.spans import refuse_unknown
from orderstream.streams.ranking import Place, read_top

router = Router(tags=["metrics"])


@router.api_operation(
    READING,
    "/ranking",
    auth=may(Right.READ_ORDERS),
    response={200: schemas.RankingOut, **dict.fromkeys((401, 403, 422, 429, 503), schemas.ProblemOut)},
    summary="Read the ranking",
)
async def read_ranking(request: HttpRequest) -> schemas.RankingOut:
    """Counted by the keeper from the events, every two seconds. Where none has counted, `until` is null."""
    refuse_unknown(request, ())
    top = await read_top(conf.lane())
    if top is None:
        nothing = schemas.PlacesOut(by_orders=[], by_amount=[])
        return schemas.RankingOut(
            since=None, until=None, is_exact=True, missed=0, products=nothing, customers=nothing
        )
    return schemas.RankingOut(
        since=iso(top.since_ms),
        until=iso(top.until_ms),
        is_exact=top.is_exact,
        missed=top.missed,
        products=_places(top.products_by_orders, top.products_by_amount),
        customers=_places(top.customers_by_orders, top.customers_by_amount),
    )


def _places(by_orders: Sequence[Place], by_amount: Sequence[Place]) -> schemas.PlacesOut:
    return schemas.PlacesOut(
        by_orders=[_out(one) for one in by_orders], by_amount=[_out(one) for one in by_amount]
    )


def _out(place: Place) -> schemas.PlaceOut:
    return schemas.PlaceOut(id=place.name, orders=place.orders, amount=place.amount)
