"""Which effects of orders have happened; only orderstream/effects.py writes it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Effect(models.Model):
    """Committed together with the effect itself, or not at all (I5)."""

    order_id = models.CharField(_("order"), max_length=64)
    # What the handler calls it: an order may have several.
    name = models.CharField(_("effect"), max_length=64)
    # The attempt that did it.
    round = models.PositiveIntegerField(_("round"))
    attempt = models.PositiveIntegerField(_("attempt"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    # Later executions that found it and did nothing.
    repeats = models.PositiveIntegerField(_("repeats"), default=0)

    class Meta:
        verbose_name = _("effect")
        constraints = (
            models.UniqueConstraint(fields=("order_id", "name"), name="one_effect_of_a_name_per_order"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.order_id}"
