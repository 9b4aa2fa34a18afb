"""How slow this machine is just now: what figures in seconds of a core are held against."""

import time
from statistics import median

PROMISED = 0.04
"""Seconds in which a core of the kind that figures are promised for adds up a million numbers."""


def slowness() -> float:
    """How many times as long this one needs for the same; 1 on a quicker one."""
    return max(1.0, median(_adding() for _ in range(9)) / PROMISED)


def _adding() -> float:
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - began
