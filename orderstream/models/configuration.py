"""The rows that managers change: how orders are processed, what is simulated, and the version of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orderstream import audit, conf
from orderstream.configuration import announcing
from orderstream.configuration.announcing import Announcement
from orderstream.configuration.rules import refusals
from orderstream.configuration.seconds import SecondsField

ONLY: Final = 1


class ConfigurationVersion(models.Model):
    """One row. It grows with every save of the configuration, in the same transaction."""

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("version of the configuration")

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        return cls.objects.filter(pk=ONLY).values_list("number", flat=True).first() or 0

    @classmethod
    def grow(cls) -> int:
        """The next one. Whoever changes the configuration at the same time waits here until we commit."""
        cls.objects.get_or_create(pk=ONLY)
        cls.objects.filter(pk=ONLY).update(number=F("number") + 1)
        return cls.current()


class ConfigurationRow(models.Model):
    """The only row of its table. An empty field, or no row at all, is as the environment says.

    Checked, counted, recorded and announced by `save` itself, so that a shell can do nothing that the admin
    could not. `changed_by` is the actor of the next save.
    """

    changed_by: str = "command:shell"
    fields: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def save(self, *args: Any, **given: Any) -> None:
        self.pk = ONLY
        self.full_clean(validate_unique=False)
        with self._recorded():
            super().save(*args, **given)

    def delete(self, *args: Any, **given: Any) -> tuple[int, dict[str, int]]:
        """Everything as the environment says."""
        with self._recorded():
            return super().delete(*args, **given)

    @classmethod
    def current(cls) -> Self:
        return cls._default_manager.filter(pk=ONLY).first() or cls(pk=ONLY)

    def given(self) -> dict[str, Any]:
        return {name: value for name in self.fields if (value := getattr(self, name)) not in (None, "")}

    def clean(self) -> None:
        """Names a field of this row: of two that do not go together, the other may be the environment's."""
        given = self.given()
        wrong: dict[str, str] = {}
        for refusal in refusals(replace(conf.default_tuning(), **given), conf.fixed(), conf.handlers()):
            ours = [name for name in refusal.fields if name in given]
            if ours:
                wrong[ours[0]] = f"{self._name_of(refusal.fields[0])} {refusal.words}. {refusal.remedy}"
        if wrong:
            raise ValidationError(wrong)

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        model = type(self)
        with transaction.atomic():
            version = ConfigurationVersion.grow()
            before = model.current().given()
            yield
            after = model.current().given()
            changed = [name for name in self.fields if before.get(name) != after.get(name)]
            audit.record(
                self.changed_by,
                "configuration_changed",
                subject=str(self._meta.model_name),
                version=version,
                before={name: _plain(before.get(name)) for name in changed},
                after={name: _plain(after.get(name)) for name in changed},
            )
            announcing.after_commit(Announcement.of(version, Processing.current().lease))

    def _name_of(self, field: str) -> str:
        name = str(self._meta.get_field(field).verbose_name)  # type: ignore[union-attr] # ours are no relations
        return name[:1].upper() + name[1:]


class Processing(ConfigurationRow):
    """How orders are worked on."""

    fields = (
        "handler",
        "attempts",
        "backoff_base",
        "backoff_cap",
        "lease",
        "time_limit",
        "backlog_limit",
        "target_waiting",
        "target_processing",
    )

    handler = models.CharField(
        _("handler"),
        max_length=200,
        blank=True,
        help_text=_("The function that processes an order. A worker started with --handler keeps its own."),
    )
    attempts = models.PositiveIntegerField(
        _("attempts"), null=True, blank=True, help_text=_("In each round, then an order is a dead letter.")
    )
    backoff_base = SecondsField(
        _("first back-off"),
        null=True,
        blank=True,
        help_text=_("Seconds until an order that failed is tried again, at most; doubled each time."),
    )
    backoff_cap = SecondsField(_("longest back-off"), null=True, blank=True, help_text=_("Seconds."))
    lease = SecondsField(
        _("lease"),
        null=True,
        blank=True,
        help_text=_("Seconds until a silent worker is lost and others take over its orders."),
    )
    time_limit = SecondsField(
        _("time limit"), null=True, blank=True, help_text=_("Seconds that one attempt may take.")
    )
    backlog_limit = models.PositiveBigIntegerField(
        _("backlog limit"),
        null=True,
        blank=True,
        help_text=_("Unfinished orders; beyond it placing is refused until workers have caught up."),
    )
    target_waiting = SecondsField(
        _("target for the time waiting"),
        null=True,
        blank=True,
        help_text=_("Seconds that orders should wait at most; pages measure by it, nothing is cut short."),
    )
    target_processing = SecondsField(
        _("target for the time processing"),
        null=True,
        blank=True,
        help_text=_("Seconds that an attempt should take at most; likewise."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("processing")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class Simulation(ConfigurationRow):
    """What the handler `simulate` pretends."""

    fields = ("shortest", "longest", "failure_rate")

    shortest = SecondsField(
        _("shortest time"), null=True, blank=True, help_text=_("Seconds that an attempt takes at least.")
    )
    longest = SecondsField(
        _("longest time"), null=True, blank=True, help_text=_("Seconds that it takes at most.")
    )
    failure_rate = models.FloatField(
        _("failure rate"),
        null=True,
        blank=True,
        help_text=_("Share of the attempts that fail, from 0 to 1: 0.05 for one in twenty."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("simulation")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


def _plain(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value
