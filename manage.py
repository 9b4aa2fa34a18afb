#!/usr/bin/env python
"""The way into every command; a wrong setting ends it with a sentence, not with a traceback."""

import os
import sys

from django.core.management import execute_from_command_line

from orderstream.env import plain_words


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    with plain_words():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
