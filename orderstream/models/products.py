"""What is sold, and how much of it is left."""

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orderstream.domain.drafts import ID_LENGTH, PRICE_PLACES, problem_of

# PostgreSQL's integer ends at 2,147,483,647.
MOST_STOCK: Final = 10**9


class Product(models.Model):
    """Orders name it by `product_id`; the handler `reserve_stock` takes from its stock."""

    product_id = models.CharField(
        _("product id"), max_length=ID_LENGTH, unique=True, help_text=_("As orders name it.")
    )
    name = models.CharField(_("name"), max_length=200)
    stock = models.PositiveIntegerField(_("stock"), default=0, validators=[MaxValueValidator(MOST_STOCK)])
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=PRICE_PLACES, null=True, blank=True)

    class Meta:
        verbose_name = _("product")
        ordering = ("product_id",)
        constraints = (models.CheckConstraint(condition=Q(stock__gte=0), name="stock_is_never_negative"),)

    def __str__(self) -> str:
        return self.product_id

    def clean(self) -> None:
        """The rules of an order's fields: a product that no order can name could not be bought."""
        self.product_id = self.product_id.strip()
        given = {"product_id": self.product_id} | ({} if self.price is None else {"price": self.price})
        problems = [problem for name, value in given.items() if (problem := problem_of(name, value))]
        if problems:
            raise ValidationError({problem.field: problem.text(gettext) for problem in problems})
