"""The list of what the keeper does; a further duty is a module of its own and one line here."""

from workers.keeper.announcer import Announcer
from workers.keeper.auditing import Auditing
from workers.keeper.fullness import Fullness
from workers.keeper.handovers import Handovers
from workers.keeper.keeper import Duty
from workers.keeper.ranking import Ranking
from workers.keeper.sampler import Sampler
from workers.keeper.tail import Tail
from workers.keeper.thinning import Thinning
from workers.keeper.watch import Watch


def duties() -> list[Duty]:
    handovers, auditing = Handovers(), Auditing()
    return [
        Sampler(),
        Fullness(),
        Thinning(),
        Tail(Ranking(), handovers),
        Watch(handovers, auditing),
        Announcer(),
        auditing,
    ]
