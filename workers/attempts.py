"""One task for each begun order: starts it, cuts it short, gives it up; what became of it is recorded."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Outcome, Rejected
from orderstream.streams.deliveries import Begun, Report
from workers.executor import attempt
from workers.hand import Cut, Hand, Held
from workers.intake import Start
from workers.orders import order_of
from workers.recorder import Recorder
from workers.work import Work

log = structlog.get_logger(__name__)


class Attempts:
    """`work` is what is done with orders begun from now on; `on_hung` is called when a handler keeps its slot
    beyond its attempt."""

    def __init__(self, work: Work, hand: Hand, recorder: Recorder, on_hung: Callable[[], None]) -> None:
        self.work = work
        self._hand, self._recorder, self._on_hung = hand, recorder, on_hung
        self._is_handing_back = False

    def starter(self) -> Start:
        """Starts attempts at the work of this moment, whatever is configured meanwhile."""
        return partial(self._start, self.work)

    def _start(self, work: Work, begun: Begun, fields: Mapping[str, str]) -> None:
        held = self._hand.find(begun.order_id)
        assert held is not None, "noted before it was asked for"  # noqa: S101 narrows the type
        held.fence = begun.fence
        try:
            order = order_of(begun, fields)
        except (KeyError, ValueError, ArithmeticError) as error:
            self._report(held, Rejected("InvalidOrder", f"its entry is no order: {error!r}"), 0)
            return
        self._hand.running += 1
        held.order, held.work = order, work
        held.task = asyncio.create_task(attempt(order, work.handler, work.policy, work.jitter))
        held.began = time.monotonic()
        held.task.add_done_callback(partial(self._ended, held, order))

    def cancel(self, order_id: str) -> None:
        held = self._hand.find(order_id)
        if held is not None and held.work is not None and held.work.is_cancellable:
            held.cut_short(Cut.CANCEL_ASKED)

    def abandon(self, held: Held) -> None:
        """Its handler swallowed the cancellation. The order goes on without it, its slot does not."""
        held.is_abandoned = True
        self._hand.hung += 1
        log.error("handler ignores its time limit; its slot is lost until it ends", order_id=held.order_id)
        took_ms = round((time.monotonic() - held.began) * 1000)
        self._report(held, self._failed(held, TimeoutError()), took_ms)
        self._on_hung()

    def cut_all(self) -> None:
        """For the end: what runs is cut short without an outcome, for it is handed back."""
        self._is_handing_back = True
        for held in self._hand:
            if held.task is not None:
                held.task.cancel()

    def _ended(self, held: Held, order: Order, task: asyncio.Task[Outcome]) -> None:
        self._hand.running -= 1
        if held.is_abandoned:
            self._returned_late(held, task)
            return
        took_ms = round((time.monotonic() - held.began) * 1000)
        if task.cancelled():
            if held.cut is not None or not self._is_handing_back:
                self._report(held, self._cut_short(held, order), took_ms)
        elif error := task.exception():
            self._report(held, self._failed(held, error), took_ms)
        else:
            self._report(held, task.result(), took_ms)
        self._hand.changed()

    def _returned_late(self, held: Held, task: asyncio.Task[Outcome]) -> None:
        self._hand.hung -= 1
        if not task.cancelled():
            task.exception()  # looked at, lest Python complains that nobody did
        log.info("an abandoned handler returned", order_id=held.order_id)
        self._hand.changed()

    def _cut_short(self, held: Held, order: Order) -> Outcome:
        log.warning("attempt cut short", order_id=order.id, attempt=order.attempt, why=held.cut)
        match held.cut:
            case Cut.TIME_LIMIT:
                return self._failed(held, TimeoutError())
            case Cut.CANCEL_ASKED:  # the script makes it cancelled
                return Rejected("CancelAsked", "cut short because its cancellation was asked for")
        # Nobody of us cancelled it: the handler itself awaited something cancelled.
        return self._failed(held, asyncio.CancelledError("the handler was cancelled from inside"))

    def _failed(self, held: Held, error: BaseException) -> Outcome:
        assert held.order is not None, "it was started"  # noqa: S101 narrows the type
        assert held.work is not None, "it was started"  # noqa: S101 narrows the type
        return held.work.policy.after_failure(held.order.attempt, error, held.work.jitter)

    def _report(self, held: Held, outcome: Outcome, took_ms: int) -> None:
        assert held.fence is not None, "only what has begun can end"  # noqa: S101 narrows the type
        held.is_reported = True
        self._recorder.add(Report(held.order_id, held.fence, outcome, took_ms))
