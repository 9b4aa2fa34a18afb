"""What a person needs once the stack is ready: where it is, how to get in, and lines to copy."""

import json
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from orderstream.stack.preparation import Prepared

TLS_WORDS = {"ssl_ca_certs": "--cacert", "ssl_certfile": "--cert", "ssl_keyfile": "--key"}
EXAMPLE_ORDER = {"customer_id": "C-1001", "product_id": "TEAPOT", "quantity": 2, "price": "4.15"}


def welcome(address: str, redis_url: str, prepared: Prepared) -> str:
    rows = [
        (_("Board"), f"{address}/"),
        (_("Sign in"), f"{address}/sign-in/{prepared.link_token}/"),
        ("", _("(as admin; works once, within 10 minutes)")),
        ("API", f"{address}/api/docs"),
        ("Redis", redis_cli(redis_url)),
        (_("Place"), curl(address, prepared.api_key)),
    ]
    lines = [f"  {name:<9}{text}" for name, text in rows]
    return "\n".join(
        [_("OrderStream is ready."), "", *lines, "", _("Ctrl-C finishes what is in hand and stops.")]
    )


def curl(address: str, api_key: str) -> str:
    return (
        f"curl -i {address}/api/orders -H 'Authorization: Bearer {api_key}'"
        f" -H 'Content-Type: application/json' -d '{json.dumps(EXAMPLE_ORDER)}'"
    )


def redis_cli(url: str) -> str:
    """A line that works and shows no password: terminals are recorded."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        words = ["redis-cli", "-s", parts.path]
    else:
        words = ["redis-cli", "-h", parts.hostname or "localhost", "-p", str(parts.port or 6379)]
    if parts.path.strip("/").isdigit() and parts.path != "/0":
        words += ["-n", parts.path.strip("/")]
    if parts.scheme == "rediss":
        words += ["--tls"]
        given = dict(parse_qsl(parts.query))
        for option, word in TLS_WORDS.items():
            words += [word, given[option]] if option in given else []
    if parts.username:
        words += ["--user", parts.username]
    return " ".join([*words, "--askpass"] if parts.password else words)
