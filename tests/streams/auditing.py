"""A house full of orders of every kind for the audit, and short ways to run it."""

from dataclasses import dataclass, field
from datetime import timedelta

from orderstream.domain.histories import Violation
from orderstream.streams.auditing.engine import Audit
from orderstream.streams.auditing.reports import Report
from orderstream.streams.auditing.rules import Bounds, Rules
from orderstream.streams.operating import cancel, discard, note, requeue
from tests.orders import draft, foreign_entry
from tests.streams.scene import (
    ATTEMPTS,
    BACKOFF_MS,
    COMPLETED,
    LEASE_MS,
    PATIENT,
    REJECTED,
    Scene,
    retry_in,
)

ACTOR = "command:audit_orders"


def audit_of(scene: Scene, bounds: Bounds | None = None, bound_ms: int = PATIENT) -> Audit:
    rules = Rules(bound_ms, ATTEMPTS, 100, BACKOFF_MS, ACTOR)
    return Audit(scene.lane, rules, bounds or Bounds())


async def audited(audit: Audit, pieces: timedelta = timedelta()) -> Report:
    """After a whole round, in as small pieces as it can be done."""
    while not await audit.turn(pieces):
        pass
    return audit.report


async def found(scene: Scene, bound_ms: int = PATIENT) -> list[tuple[str, str]]:
    """Invariant and id of each violation."""
    report = await audited(audit_of(scene, bound_ms=bound_ms))
    return [brief(violation) for violation in report.violations]


def brief(violation: Violation) -> tuple[str, str]:
    return violation.invariant, violation.order_id


@dataclass
class House:
    """Ids by what became of the order."""

    scene: Scene
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    async def fill(self) -> "House":
        scene = self.scene
        ann = scene.workers[0]
        names = ["completed", "failed", "retrying", "processing", "asked", "noted", "discarded", "requeued"]
        names += ["released", "again", "waits", "read"]
        self.ids |= dict(zip(names, await scene.placed(len(names)), strict=True))
        lost = await scene.worker("lost")
        self.ids["swept"], self.ids["dropped"] = await scene.placed(2)
        held = await ann.read(len(names))
        fences = await ann.begun(held[:-2])
        await self._outcomes(fences)
        await ann.deliveries.release([(self["waits"], None)])
        await lost.begun(await lost.read())
        await cancel(scene.lane, [self["dropped"]], actor="user:boss")
        await scene.dies(lost)
        assert await scene.sweep([self["swept"], self["dropped"]]) == ["swept", "swept"]
        await self._foreign(ann)
        self.ids["placed"], self.ids["cancelled"] = await scene.placed(2)
        await cancel(scene.lane, [self["cancelled"]], actor="user:boss")
        return self

    async def _outcomes(self, fences: dict[str, int]) -> None:
        scene, ann = self.scene, self.scene.workers[0]
        await cancel(scene.lane, [self["asked"]], actor="user:boss")
        await ann.finish({self[n]: fences[self[n]] for n in ("completed", "noted")}, COMPLETED)
        failed = ("failed", "discarded", "requeued")
        await ann.finish({self[n]: fences[self[n]] for n in failed}, REJECTED)
        await ann.finish({self[n]: fences[self[n]] for n in ("retrying", "again")}, retry_in(5))
        await note(scene.lane, self["noted"], "done", actor="user:boss")
        await discard(scene.lane, [self["discarded"]], actor="user:boss")
        await requeue(scene.lane, [self["requeued"]], actor="user:boss")
        await ann.deliveries.release([(self["released"], fences[self["released"]])])
        await scene.pass_time(10)
        bob = scene.workers[1]
        promoted = await bob.promote()
        await bob.begun([self["again"]])
        await bob.deliveries.release([(i, None) for i in promoted if i != self["again"]])

    async def _foreign(self, worker: object) -> None:
        scene, ann = self.scene, self.scene.workers[0]
        self.ids["adopted"] = await foreign_entry(scene.lane, draft().wire())
        self.ids["rubbish"] = await foreign_entry(scene.lane, {"rubbish": "x"})
        await ann.read()
        assert await ann.reasons([self["adopted"], self["rubbish"]]) == ["missing"] * 2
        await scene.sweep([self["adopted"], self["rubbish"]])


__all__ = ["LEASE_MS", "House", "audit_of", "audited", "brief", "found"]
