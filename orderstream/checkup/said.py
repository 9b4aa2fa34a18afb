"""What a server says of itself, as the judges get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """INFO and CONFIG GET; empty where this user may not ask, or the service has no such command."""

    info: Mapping[str, Any]
    config: Mapping[str, str]

    @property
    def name(self) -> str:
        if "valkey_version" in self.info:
            return f"Valkey {self.info['valkey_version']}"
        return f"Redis {self.info.get('redis_version', '?')}"
