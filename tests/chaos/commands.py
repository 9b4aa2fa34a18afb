"""Runs a command of manage.py as a process of a run: Django, then what the kit changes, then the command."""

import os
import sys
from collections.abc import Callable

import django

from tests.chaos.variant import break_this_process


def run(command: str, kind: str, *prepare: Callable[[], None]) -> None:
    """With the arguments of this process. `kind`: of process, as the world calls it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    django.setup()
    break_this_process(kind)
    for change in prepare:
        change()
    from django.core.management import execute_from_command_line

    execute_from_command_line([sys.argv[0], command, *sys.argv[1:]])
