"""What the processes of the stack get to see of the environment that it was started with."""

import os
from pathlib import Path

import pytest

from orderstream.stack.composition import WORKER_ENDED_AS_ASKED, Options, common_environment
from workers.supervisor import ENDED_AS_ASKED


def test_a_handlers_folder_stays_on_the_path_behind_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/srv/shop")
    ours, theirs = common_environment(Options(folder=tmp_path))["PYTHONPATH"].split(os.pathsep)
    assert (Path(ours) / "manage.py").exists()
    assert theirs == "/srv/shop"


def test_both_supervisors_know_the_same_ends_of_a_worker_as_asked() -> None:
    assert WORKER_ENDED_AS_ASKED == ENDED_AS_ASKED
