"""The command that makes, revokes and lists API keys."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from orderstream.access import keys
from orderstream.access.rights import SCOPES
from orderstream.models import ApiKey


class Command(BaseCommand):
    help = "Make an API key and print it: it is shown this once. Also revokes and lists keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="who will use it; the actor in the events of its orders")
        parser.add_argument(
            "--scope", action="append", choices=list(SCOPES), default=[], help="may be given more than once"
        )
        parser.add_argument("--days", type=int, help="the key runs out after this many days (default: never)")
        parser.add_argument("--replace", action="store_true", help="revoke the living key of this name first")
        parser.add_argument("--revoke", action="store_true", help="only revoke the living key of this name")
        parser.add_argument("--list", action="store_true", help="show all keys, without the keys themselves")
        parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")

    def handle(self, *args: Any, **given: Any) -> None:
        as_json: bool = given["json"]
        if given["list"]:
            self._say([_described(key) for key in ApiKey.objects.order_by("name", "pk")], as_json)
        elif not given["name"]:
            raise CommandError(_("Give the key a name, or ask for --list."))
        elif given["revoke"]:
            self._revoke(given["name"], as_json)
        else:
            self._issue(given, as_json)

    def _issue(self, given: dict[str, Any], as_json: bool) -> None:
        days: int | None = given["days"]
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError(_("--days is a whole number from 1 to 36500."))
        lifetime = timedelta(days=days) if days is not None else None
        try:
            token = keys.issue(given["name"], given["scope"], replace=given["replace"], lifetime=lifetime)
        except keys.KeyNotIssued as problem:
            raise CommandError(str(problem)) from None
        # The key alone on stdout, so that a script can take it; the words go to stderr.
        self.stdout.write(json.dumps({"name": given["name"], "key": token}) if as_json else token)
        if not as_json:
            self.stderr.write(_("Keep it: it is not stored and cannot be shown again."))

    def _revoke(self, name: str, as_json: bool) -> None:
        if not keys.revoke(name):
            raise CommandError(_("There is no living key named %(name)s.") % {"name": name})
        self.stdout.write(
            json.dumps({"revoked": name}) if as_json else _("Revoked %(name)s.") % {"name": name}
        )

    def _say(self, found: list[dict[str, Any]], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found))
            return
        for key in found:
            used = key["last_used_at"] or _("never")
            self.stdout.write(f"{key['name']}\t{key['state']}\t{' '.join(key['scopes'])}\t{used}")


def _described(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "state": key.state(),
        "scopes": key.scopes,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
    }
