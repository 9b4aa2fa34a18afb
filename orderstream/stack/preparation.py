"""What must be there before the first page: tables, the user admin, a sign-in link and a fresh API key.

A process of its own with the environment of the others: the supervisor's settings know neither the embedded
server's port nor its folder. Answers with one line of JSON.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError

from orderstream.env import plain_words
from orderstream.stack.errors import StackError

USER = "admin"
KEY_NAME = "make run"
KEY_SCOPES = ("orders:read", "orders:place")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is shown once all is ready; both secrets are stored as digests only, so this is the one chance."""

    link_token: str
    api_key: str


async def prepared(environment: Mapping[str, str]) -> Prepared:
    """Run this module as a process; StackError gives its sentence when it fails."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _nothing = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        raise
    if child.returncode != 0:
        raise StackError(
            output.decode().strip() or f"The database cannot be prepared (exit code {child.returncode})."
        )
    return Prepared(**json.loads(output))


def prepare() -> Prepared:
    # The models are there only after django.setup().
    from orderstream.access import keys, links

    call_command("migrate", interactive=False, verbosity=0)
    ensure_user()
    return Prepared(link_token=links.issue(USER), api_key=keys.issue(KEY_NAME, KEY_SCOPES, replace=True))


def ensure_user() -> None:
    """The user who may do everything on this machine; without a password until somebody gives one."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if not users.filter(username=USER).exists():
        users.create_superuser(username=USER)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    with plain_words():
        django.setup()
    try:
        sys.stdout.write(json.dumps(asdict(prepare())))
    except (DatabaseError, ImproperlyConfigured) as error:  # the second: no driver for it is installed
        sys.stdout.write(f"The database cannot be used; check DATABASE_URL: {' '.join(str(error).split())}")
        sys.exit(1)


if __name__ == "__main__":
    main()
