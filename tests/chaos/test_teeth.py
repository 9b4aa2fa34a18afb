"""Each variant breaks what it says: its seams are there, and only what must tell it counts as caught."""

from types import SimpleNamespace
from typing import Any

import pytest
from redis.asyncio import Redis

from orderstream.streams import lane as lanes
from orderstream.streams.scripts import SCRIPTS
from tests.chaos.breaks import done_twice, never_done
from tests.chaos.checker import check
from tests.chaos.faults import CATALOGUE, DIRECTED
from tests.chaos.ideal import Ideal
from tests.chaos.plan import Fate, Plan
from tests.chaos.requests import Client
from tests.chaos.run_breaks import one_board_is_wrong
from tests.chaos.running import Options
from tests.chaos.teeth.biting import judged, table
from tests.chaos.teeth.patches import CLIENTS, PATCHES, PRODUCT
from tests.chaos.teeth.seams import Seams
from tests.chaos.teeth.variants import ALL, CONTROL, VARIANTS, Variant
from tests.chaos.variant import break_this_process
from tests.mutants.library import Mutant

PLAN = Plan(seed=3, orders=250)
VARIANT = Variant("no fence", Options(), {"I4": "", "I5": "times"})


def test_every_variant_has_a_patch_and_every_patch_a_variant() -> None:
    assert VARIANTS.keys() == PATCHES.keys()
    assert all(each.options.variant == each.name for each in ALL)


@pytest.mark.parametrize("name", PATCHES)
def test_the_seams_of_a_variant_are_there_and_are_put_back(name: str) -> None:
    patch = PATCHES[name]
    assert patch.kinds <= PRODUCT | {CLIENTS}
    for kind in patch.kinds:
        with Seams() as seams:
            patch.apply(seams, kind)
            replaced = dict(seams.replaced)
            assert replaced
            assert all(getattr(*where) is not original for where, original in replaced.items())
        assert all(getattr(*where) is original for where, original in replaced.items())
    others = PRODUCT - patch.kinds
    with Seams() as seams:
        for kind in others:
            patch.apply(seams, kind)
        assert not seams.replaced


@pytest.mark.parametrize("name", PATCHES)
async def test_the_server_takes_the_scripts_of_a_variant(name: str, client: Redis) -> None:
    with Seams() as seams:
        for kind in PATCHES[name].kinds:
            PATCHES[name].apply(seams, kind)
        changed = [each for each in lanes.SCRIPTS.values() if each.source != SCRIPTS[each.name].source]
        for script in changed:
            assert await client.script_load(script.source) == script.sha


def test_a_seam_that_has_moved_is_an_error() -> None:
    with Seams() as seams, pytest.raises(AttributeError):
        seams.wrap(Client, "send_it", lambda original: original)
    with Seams() as seams, pytest.raises(LookupError):
        seams.scripts(Mutant("finish", "gone", "no such line", ""))


def test_a_process_is_broken_as_its_environment_says_and_no_other_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CHAOS_VARIANT", raising=False)
    break_this_process("worker")
    assert lanes.SCRIPTS is SCRIPTS
    monkeypatch.setenv("CHAOS_VARIANT", "no such variant")
    with pytest.raises(KeyError):
        break_this_process("worker")


@pytest.mark.parametrize("options", [*(each.options for each in ALL), CONTROL])
def test_every_fault_that_is_to_provoke_a_variant_is_there(options: Options) -> None:
    names = {*CATALOGUE, *DIRECTED}
    assert [words for words in options.only if not any(words in name for name in names)] == []
    assert len(options.names) <= max(1, options.faults)


def test_the_first_order_alone_is_poison_where_suspects_are_looked_for() -> None:
    options = VARIANTS["no suspects"].options
    plan = Plan(options.seed, options.orders, options.span_seconds, options.mix)
    poisons = [r for r in plan.references if plan.fate(r) is Fate.POISONOUS]
    assert poisons == plan.references[:1]


def run_of(ideal: Ideal) -> Any:
    verdict = check(PLAN, ideal.lines, ideal.facts())
    return SimpleNamespace(verdict=verdict, struck=(), seconds=41.3)


def test_a_variant_is_caught_by_its_own_invariants_alone() -> None:
    ideal = Ideal(PLAN)
    done_twice(ideal)
    caught = judged(VARIANT, run_of(ideal))
    assert caught.caught_by == ["I5"]
    assert caught.first.endswith("its effect happened 2 times")
    assert "no fence" in table([caught])
    assert "1 of 1 caught in 41 s" in table([caught])


def test_what_shows_by_something_else_or_by_nothing_is_not_caught() -> None:
    ideal = Ideal(PLAN)
    nothing = judged(VARIANT, run_of(ideal))
    assert (nothing.is_caught, nothing.first) == (False, "")
    never_done(ideal)
    assert not judged(VARIANT, run_of(ideal)).is_caught  # its invariant, in other words
    one_board_is_wrong(ideal)
    other = judged(VARIANT, run_of(ideal))
    assert not other.is_caught
    assert other.violated == {"I5": 1, "I11": 1}
    assert other.first.endswith("completed without its effect")
    assert "NOT" in table([nothing, other])
    assert "0 of 2 caught" in table([nothing, other])


async def test_a_client_names_its_key_the_first_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []

    async def post(_self: Client, _path: str, _body: object = None, *, key: str = "") -> None:
        keys.append(key)

    monkeypatch.setattr(Client, "post", post)
    with Seams() as seams:
        PATCHES["a client that re-sends without a key"].apply(seams, CLIENTS)
        for key in ("a", "b", "a", ""):
            await Client("", "").post("/api/orders", key=key)
    assert keys == ["a", "b", "", ""]
