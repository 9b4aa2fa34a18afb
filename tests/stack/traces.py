"""Finds processes by a mark in their environment, however they were renamed, re-parented or exec'ed."""

import os
import secrets
from pathlib import Path

MARK = "STACK_TEST_MARK"


def marked_environment() -> dict[str, str]:
    return {**os.environ, MARK: secrets.token_hex(8)}


def processes_of(environment: dict[str, str]) -> set[int]:
    """Every live process that inherited the mark of this environment."""
    wanted = f"{MARK}={environment[MARK]}".encode()
    return {pid for pid in all_processes() if wanted in environment_of(pid)}


def all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def environment_of(pid: int) -> list[bytes]:
    """Empty for a zombie, and for what has gone meanwhile."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
