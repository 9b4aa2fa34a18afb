"""The lease that elects one keeper; its fence tells a late keeper from the present one."""

from dataclasses import dataclass

from orderstream.streams.lane import Lane


@dataclass(frozen=True, slots=True)
class KeeperLease:
    """`name` must be unique to this start of the process."""

    lane: Lane
    name: str
    ttl_ms: int

    async def hold(self) -> int | None:
        """Take the lease or extend the own one; its fence, or None while another keeps house."""
        fence = await self.lane.run("hold_lease", keys=[self.lane.keys.keeper], args=[self.name, self.ttl_ms])
        return int(fence) or None

    async def give_back(self) -> bool:
        """Let another keep house at once; False when it was not ours any more."""
        return bool(await self.lane.run("give_back_lease", keys=[self.lane.keys.keeper], args=[self.name]))
