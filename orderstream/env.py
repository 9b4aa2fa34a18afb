"""Reads the environment and `.env` for settings.py; a wrong value names its variable and the remedy."""

import contextlib
import math
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import environ  # type: ignore[import-untyped] # ships neither types nor stubs
from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
DATABASE_SCHEMES = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}
REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})
# The variable, and what redis-py calls it in an address.
TLS_FILES: Final = {
    "REDIS_TLS_CA": "ssl_ca_certs",
    "REDIS_TLS_CERT": "ssl_certfile",
    "REDIS_TLS_KEY": "ssl_keyfile",
}
# What an address may say besides, and the values that it may have.
REDIS_OPTIONS: Final = {"db": "[0-9]{1,9}", "client_name": "[!-~]+", "username": ".+", "password": ".+"}
TLS_OPTIONS: Final = {
    **dict.fromkeys((*TLS_FILES.values(), "ssl_ca_path", "ssl_password"), ".+"),
    "ssl_cert_reqs": "none|optional|required",
    "ssl_check_hostname": "(?i:true|false|yes|no|on|off|1|0)",
}
SERVER_PID: Final = "server.pid"  # written by the server itself
SERVER_URL: Final = "server.url"
N = TypeVar("N", int, float)


class WrongSetting(ImproperlyConfigured):
    """A variable of the environment cannot be used as it is."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"{name} is {value!r}. {remedy}")


@contextlib.contextmanager
def plain_words() -> Iterator[None]:
    """End the process with the sentence of a `WrongSetting`, for the two ways in: manage.py and asgi.py."""
    try:
        yield
    except WrongSetting as problem:
        sys.exit(f"OrderStream cannot start: {problem}")


def read_dotenv(path: Path) -> None:
    """What the process was started with wins over the file."""
    if path.is_file():
        environ.Env.read_env(path, overwrite=False)


def is_given(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())


def text(name: str, default: str = "") -> str:
    """An empty variable counts as absent: `docker-compose` passes unset ones on as empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    given = text(name).lower()
    if not given:
        return default
    if given not in TRUE | FALSE:
        raise WrongSetting(name, given, "Use on or off.")
    return given in TRUE


def number(name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    remedy = f"Use a whole number from {least} to {most}."
    return _within(name, text(name, str(default)), int, least, most, remedy)


def fraction(name: str, default: float, *, least: float = 0.0, most: float = 1.0) -> float:
    remedy = f"Use a number from {least:g} to {most:g}."
    return _within(name, text(name, str(default)), float, least, most, remedy)


def seconds(name: str, default: float, *, least: float = 0.0, most: float = 86_400.0) -> timedelta:
    remedy = f"Use a number of seconds from {least:g} to {most:g}."
    return timedelta(seconds=_within(name, text(name, str(default)), float, least, most, remedy))


def span(name: str, default: str) -> tuple[timedelta, timedelta]:
    """`1-5`, or `0` for exactly that: the shortest and the longest time, in seconds."""
    given = text(name, default)
    first, _, last = given.partition("-")
    remedy = "Use seconds as 1-5, or one number for always the same."
    shortest = _within(name, first, float, 0.0, 86_400.0, remedy)
    longest = _within(name, last or first, float, shortest, 86_400.0, remedy)
    return timedelta(seconds=shortest), timedelta(seconds=longest)


def names(name: str, default: str = "") -> list[str]:
    """Separated by commas or blanks."""
    return text(name, default).replace(",", " ").split()


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, separated by commas or blanks."""
    try:
        return tuple(ip_network(given) for given in names(name))
    except ValueError as problem:
        remedy = f"Use addresses or networks, as 127.0.0.1 10.0.0.0/8 ({problem})."
        raise WrongSetting(name, text(name), remedy) from None


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    given = text(name, default).lower()
    if given not in allowed:
        raise WrongSetting(name, given, f"Use one of {', '.join(allowed)}.")
    return given


def running_server(folder: Path) -> str | None:
    """The address of the embedded server that `runstack` has running on this folder.

    Its process works in the folder: the id in a file that was left behind may be anybody's by now.
    """
    try:
        pid = int((folder / SERVER_PID).read_text())
        is_running = Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        return (folder / SERVER_URL).read_text().strip() if is_running else None
    except (OSError, ValueError):
        return None


def is_redis_named() -> bool:
    """Somebody runs the server for us."""
    return any(map(is_given, ("REDIS_URL", "REDIS_HOST", "REDIS_TLS", *TLS_FILES)))


def redis_url(embedded: Path) -> str:
    """REDIS_URL, or the address that REDIS_HOST, REDIS_PORT, REDIS_DB and REDIS_PASSWORD make together,
    with the files of REDIS_TLS_CA, REDIS_TLS_CERT and REDIS_TLS_KEY.

    Without any of them it is the server that runs in the folder `embedded`: it may have found 6379 taken,
    and a command must not place its orders at whoever took it.
    """
    if not (is_redis_named() or is_given("REDIS_PORT")) and (url := running_server(embedded)):
        return url
    if is_given("REDIS_URL"):
        url = text("REDIS_URL")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in REDIS_SCHEMES and (parts.hostname or parts.path) and (parts.port != 0)
        except ValueError:
            usable = False
        # redis-py takes database 0 where the path is no number.
        if not usable or (parts.scheme != "unix" and not re.fullmatch(r"(/[0-9]{0,9})?", parts.path)):
            raise WrongSetting(
                "REDIS_URL", without_password(url), "Use redis://host:6379/0, rediss:// or unix://."
            )
        _refuse_wrong_options(url, parts.scheme, parts.query)
        return with_tls(url)
    host = text("REDIS_HOST", "localhost")
    if any(sign in host for sign in "/@?# "):
        raise WrongSetting("REDIS_HOST", host, "Use a host name or an address; a whole URL is REDIS_URL.")
    password = text("REDIS_PASSWORD")
    address = f"[{host}]" if ":" in host and not host.startswith("[") else host
    login = f":{quote(password, safe='')}@" if password else ""
    port = number("REDIS_PORT", 6379, least=1, most=65_535)
    url = f"://{login}{address}:{port}/{number('REDIS_DB', 0)}"
    if flag("REDIS_TLS", default=any(map(is_given, TLS_FILES))):
        return with_tls(f"rediss{url}")
    return f"redis{url}"


def _refuse_wrong_options(url: str, scheme: str, query: str) -> None:
    """An unknown one ends the first command with a TypeError; a time-out would win over each client's."""
    known = REDIS_OPTIONS | (TLS_OPTIONS if scheme == "rediss" else {})
    given = parse_qsl(query, keep_blank_values=True)
    for name, value in given:
        if name not in known or not re.fullmatch(known[name], value):
            shown = without_password(url).partition("?")[0]
            remedy = f"Of options it takes {', '.join(known)}, and each only with a value that Redis knows."
            raise WrongSetting("REDIS_URL", f"{shown}?{name}=…", remedy)


def with_tls(url: str) -> str:
    """The files that a rediss:// needs, as its query: so every client takes them, whoever builds it.

    Django's cache and the channel layer make theirs out of the same URL as we do.
    """
    given = {option: _readable(name) for name, option in TLS_FILES.items() if is_given(name)}
    if given and not url.startswith("rediss://"):
        first = next(filter(is_given, TLS_FILES))
        remedy = "It is for a rediss:// address alone: make REDIS_URL one, or leave this empty."
        raise WrongSetting(first, text(first), remedy)
    if "ssl_keyfile" in given and "ssl_certfile" not in given:
        remedy = "Name its certificate too: REDIS_TLS_CERT."
        raise WrongSetting("REDIS_TLS_KEY", text("REDIS_TLS_KEY"), remedy)
    query = urlencode(given, quote_via=quote)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _readable(name: str) -> str:
    path = Path(text(name)).absolute()
    try:
        path.open("rb").close()
    except OSError as problem:
        remedy = f"Name a PEM file that this process may read ({problem.strerror})."
        raise WrongSetting(name, text(name), remedy) from None
    return str(path)


def database(name: str, default: Path) -> dict[str, Any]:
    """A value for DATABASES: SQLite or PostgreSQL, each with what several processes at once need."""
    url = text(name, f"sqlite:///{default}")
    kind = DATABASE_SCHEMES.get(url.partition(":")[0].lower())
    with contextlib.suppress(ValueError, ImproperlyConfigured):
        found = dict(environ.Env.db_url_config(url)) if kind else {}
        options = dict(found.get("OPTIONS", {}))
        if kind == "sqlite":
            return found | {"OPTIONS": options | SQLITE_OPTIONS}
        if kind == "postgresql":
            return found | {"OPTIONS": {"connect_timeout": 5} | options}
    raise WrongSetting(
        name, without_password(url), "Use sqlite:///path/to/file or postgres://user:password@host/name."
    )


# WAL and IMMEDIATE: several processes write, and a deferred transaction that becomes a writer fails at
# once with "database is locked", whatever the time-out.
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 10,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def secret(name: str, file: Path) -> str:
    """The variable, or else a key of this machine's own, made at the first start and kept in `file`."""
    if is_given(name):
        return text(name)
    try:
        return _kept_secret(file)
    except OSError as error:
        remedy = f"Set it to 50 or more random characters: {file} cannot be used ({error.strerror})."
        raise WrongSetting(name, "", remedy) from None


def without_password(url: str) -> str:
    """For messages and logs."""
    before, at, after = url.rpartition("@")
    scheme, colon, _ = before.partition("://")
    return f"{scheme}{colon}***@{after}" if at else url


def _within(name: str, given: str, parse: Callable[[str], N], least: N, most: N, remedy: str) -> N:
    try:
        value = parse(given.strip())
    except ValueError:
        raise WrongSetting(name, given, remedy) from None
    if not math.isfinite(value) or not least <= value <= most:
        raise WrongSetting(name, given, remedy)
    return value


def _kept_secret(file: Path) -> str:
    """Written aside and linked: of two processes starting at once, both use the key of the first."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(aside, file)
        aside.unlink()
    return file.read_text().strip()
