"""Shapes every log line: a fixed phrase and fields, for people (console) or collectors (JSON), on stderr."""

import logging.config

import structlog
from structlog.dev import plain_traceback
from structlog.typing import Processor


def configure(*, level: str, form: str) -> None:
    """Lines of Django, Daphne and other libraries come out in the same shape."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"fields": _formatter(shared, form)},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "fields"}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
            "loggers": {
                # One line for every request would drown what matters; the proxy in front has them.
                "daphne.http_protocol": {"level": "WARNING"},
                # What a client gets wrong is the client's to read, in the answer.
                "django.request": {"level": "ERROR"},
                "django.security.DisallowedHost": {"level": "CRITICAL"},
                # Its lines name the path, and that of a one-time link is still good.
                "django.security.csrf": {"level": "ERROR"},
                "daphne.server": {"level": "WARNING"},
                "asyncio": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _formatter(shared: list[Processor], form: str) -> dict[str, object]:
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        last += [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain_traceback)]
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": last,
    }
