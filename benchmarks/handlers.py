"""The handler that does nothing: what is measured is everything around it."""

from orderstream.domain.orders import Order


async def nothing(order: Order) -> None:
    """Completes at once."""
