"""A span of time that people give and read as a number of seconds."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

NO_SECONDS = _("Use a number of seconds, as in 30 or 0.5.")


class SecondsField(models.DurationField):  # type: ignore[type-arg] # cannot be subscripted when it runs
    """A `timedelta` in Python and an interval in SQL; numbers given to it are seconds."""

    def to_python(self, value: Any) -> timedelta | None:
        if isinstance(value, int | float):
            return _span(value)
        return cast("timedelta | None", super().to_python(value))

    def formfield(self, **given: Any) -> Any:
        return super().formfield(**{"form_class": SecondsFormField, **given})


class SecondsFormField(forms.FloatField):
    """Shows 90 for a minute and a half, and takes it."""

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, timedelta) else value

    def to_python(self, value: Any) -> Any:
        number = super().to_python(value)
        return None if number is None else _span(number)

    def validate(self, value: Any) -> None:
        """Not FloatField's, which asks whether the number is finite: `_span` has refused one that is not."""
        forms.Field.validate(self, value)


def plain(span: timedelta) -> str:
    """Seconds without a fraction that says nothing: 60, 0.5."""
    return f"{span.total_seconds():.6f}".rstrip("0").rstrip(".")


def _span(number: float) -> timedelta:
    try:
        return timedelta(seconds=number)
    except (ValueError, OverflowError):
        raise ValidationError(NO_SECONDS, code="invalid") from None
