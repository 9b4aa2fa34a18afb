"""Brings the rows of the configuration from SQL into orderstream/conf.py."""

import threading
from datetime import timedelta
from typing import Final

import structlog
from django.db import Error, connections

from orderstream import conf
from orderstream.configuration.values import Stored
from orderstream.models.configuration import ConfigurationVersion, Processing, Simulation

logger = structlog.get_logger(__name__)

# After this long a process looks again by itself, whatever it has heard.
AGE: Final = timedelta(seconds=60)

_lock = threading.Lock()
_is_away = False
_has_read = False


def is_known() -> bool:
    """Were the rows read once, and do they hold in this process? Before, managers may have chosen others."""
    return _has_read and not conf.is_refused()


def refresh() -> bool:
    """Asks SQL, so never on the way of an order. False: SQL is away, and what was known stays."""
    global _is_away, _has_read  # said once at each edge
    with _lock:
        try:
            _read()
        except Error as error:
            if not _is_away:
                why = " ".join(str(error).split())
                logger.warning(
                    "configuration not read; what was known stays", why=why, version=conf.version()
                )
            _is_away = True
            return False
        if _is_away:
            logger.info("configuration read again", version=conf.version())
        _is_away, _has_read = False, True
        return True


def refresh_apart() -> bool:
    """The same in a thread that is not Django's own: nobody else would close its connection."""
    try:
        return refresh()
    finally:
        connections.close_all()


def _read() -> None:
    # The version first: rows that are newer than it are only read once more. The other way round a change
    # would be missed for good.
    version = ConfigurationVersion.current()
    conf.know(Stored(version, Processing.current().given() | Simulation.current().given()))
