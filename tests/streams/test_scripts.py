"""The headers of the scripts are contracts, and the loader keeps them."""

import pytest

from orderstream.streams.lane import Lane
from orderstream.streams.scripts import BATCH_MAX, SCRIPTS, Contract, ContractError, texts

HEADER = """\
-- KEYS[1]  stream  STREAM
-- KEYS[2..]  status  HASH  one for each order
-- ARGV[1]  group
-- ARGV[2..]  per order: fence, outcome
"""


def test_a_header_says_how_many_keys_and_arguments_a_call_has() -> None:
    contract = Contract.read(HEADER)
    contract.check("step", keys=1, args=1)
    contract.check("step", keys=3, args=5)


@pytest.mark.parametrize(
    ("keys", "args"), [(0, 1), (1, 0), (2, 1), (1, 3), (2, 2), (2, 5), (BATCH_MAX + 2, 2 * BATCH_MAX + 3)]
)
def test_a_call_that_does_not_match_is_refused(keys: int, args: int) -> None:
    with pytest.raises(ContractError):
        Contract.read(HEADER).check("step", keys, args)


def test_without_a_tail_there_are_exactly_so_many() -> None:
    contract = Contract.read("-- KEYS[1]  stream  STREAM\n-- ARGV[1]  group\n")
    for keys, args in ((2, 1), (1, 2)):
        with pytest.raises(ContractError):
            contract.check("step", keys, args)


def test_a_gap_in_the_numbers_is_refused() -> None:
    with pytest.raises(ContractError):
        Contract.read("-- KEYS[1]  stream  STREAM\n-- KEYS[3]  totals  HASH\n")


async def test_a_call_of_a_step_that_does_not_match_never_reaches_the_server(lane: Lane) -> None:
    with pytest.raises(ContractError):
        await lane.run("finish", ids=["1-1"], args=["ann", 5])


@pytest.mark.parametrize("name", sorted(texts()))
def test_every_file_says_what_it_does_and_what_it_returns(name: str) -> None:
    text = texts()[name]
    if not name.startswith("_"):
        assert text.startswith("#!lua"), "the first line is for the server"
        assert "-- Returns" in text
        assert SCRIPTS[name].contract.keys >= 7 or "INCLUDE" not in text
    assert text.split("\n")[1].startswith("-- ")


async def test_a_server_that_forgot_its_scripts_is_taught_again(lane: Lane) -> None:
    assert (await lane.run("snapshot"))[0] == "0-0"
    await lane.command("SCRIPT", "FLUSH")
    assert (await lane.run("snapshot"))[0] == "0-0"
