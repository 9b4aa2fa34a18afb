"""Finds the function that processes an order by its dotted path; ships a simulation and a real one."""

import asyncio
import importlib
import inspect
import random
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from django.db.models import F
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.domain.errors import OrderRejected, RetryLater
from orderstream.domain.orders import Order
from orderstream.effects import once
from orderstream.models import Product

Handler: TypeAlias = Callable[[Order], object]
"""`async def`, or a plain function that then runs in a thread. It returns, or raises; see domain/errors."""


class NoSuchHandler(Exception):  # noqa: N818 names what is wrong, as the operator reads it
    """The handler cannot be loaded."""


def load(path: str) -> Handler:
    """The handler at `package.module.function`; NoSuchHandler says in one sentence what is wrong."""
    module_name, _dot, name = path.rpartition(".")
    if not module_name or not name.isidentifier():
        raise NoSuchHandler(_("%(path)r is no dotted path such as shop.handlers.ship.") % {"path": path})
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise NoSuchHandler(
            _("%(module)s cannot be imported: %(error)s.") % {"module": module_name, "error": error}
        ) from error
    handler = getattr(module, name, None)
    if not callable(handler) or inspect.isclass(handler):
        raise NoSuchHandler(_("%(module)s has no function %(name)s.") % {"module": module_name, "name": name})
    if not _takes_an_order(handler):
        raise NoSuchHandler(_("%(path)s must take one argument, the order.") % {"path": path})
    return handler  # type: ignore[no-any-return] # narrowed by callable()


def is_async(handler: Handler) -> bool:
    """Also for an object whose __call__ is `async def`."""
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
        getattr(handler, "__call__", None)  # noqa: B004 we look at what it is, not whether it is there
    )


def _takes_an_order(handler: Handler) -> bool:
    try:
        inspect.signature(handler).bind(object())
    except TypeError:
        return False
    except ValueError:  # built in C, without a signature: it will say so itself
        return True
    return True


class SimulatedFailure(Exception):  # noqa: N818 an event of the simulation
    """The simulation lets some orders fail."""


async def simulate(order: Order) -> None:
    """Takes a while (1 to 5 s by default) and sometimes fails, as ORDERSTREAM_SIMULATE_* say."""
    wish = conf.simulation()
    if wish.longest:
        share = random.random()  # noqa: S311 no secret
        await asyncio.sleep((wish.shortest + (wish.longest - wish.shortest) * share).total_seconds())
    if wish.failure_rate and random.random() < wish.failure_rate:  # noqa: S311 no secret
        raise SimulatedFailure(f"attempt {order.attempt} was made to fail")


def reserve_stock(order: Order) -> None:
    """Takes the order's quantity from its product's stock, once however often it runs: a pattern to copy."""
    with once(order, "reserve") as is_first:
        if is_first:
            _take(order)


def _take(order: Order) -> None:
    """One statement that takes only what is there: two workers at once cannot both have the last piece."""
    product = Product.objects.filter(product_id=order.product_id)
    if product.filter(stock__gte=order.quantity).update(stock=F("stock") - order.quantity):
        return
    left = product.values_list("stock", flat=True).first()
    if left is None:
        raise OrderRejected(_("There is no product %(id)s.") % {"id": order.product_id})
    if left >= order.quantity:
        raise RetryLater(timedelta(), _("The stock was filled up at this very moment."))
    raise OrderRejected(
        _("Out of stock: %(asked)s of %(id)s asked for, %(left)s left.")
        % {"asked": order.quantity, "id": order.product_id, "left": left}
    )
