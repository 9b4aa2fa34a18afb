"""Asks pages for many addresses one after the other: one person and one event loop for all of them."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.dashboard.pages import PART, signed_in

EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
NEARLY_IDS = st.from_regex(r"[0-9]{1,25}(-[0-9]{1,25})?", fullmatch=True)


class Asker:
    """Somebody who may see and do everything. Each call answers with the status."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._client = runner.run(signed_in("manager"))

    def __call__(self, path: str, *, is_part: bool = False) -> int:
        answer = self._runner.run(self._client.get(path, headers=PART if is_part else {}))
        return int(answer.status_code)
