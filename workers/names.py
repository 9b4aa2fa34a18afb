"""Makes the name of one start of a worker: no later start is ever taken for it."""

import re
import secrets
import socket
from typing import Final

NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}", re.ASCII)


def is_name(given: str) -> bool:
    """Letters, digits, dot, dash, underscore: it becomes part of a key, of log lines and of addresses."""
    return NAME_PATTERN.fullmatch(given) is not None


def name_of_this_start(given: str = "") -> str:
    """`<given name or host>-<suffix of this start>`."""
    host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname(), flags=re.ASCII).lstrip("._-")[:48]
    return f"{given or host or 'worker'}-{secrets.token_hex(3)}"
