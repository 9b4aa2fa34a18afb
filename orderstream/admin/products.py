"""The page Products. Workers take stock at the same time, so it is changed by a difference, never set."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from orderstream.admin.pages import Page, told
from orderstream.models import Product
from orderstream.models.products import MOST_STOCK


def plain(price: Decimal | None) -> str:
    """Without the zeros that only SQL's column has."""
    text = "" if price is None else f"{price:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class ProductForm(forms.ModelForm):  # type: ignore[type-arg] # cannot be subscripted when it runs
    """With `stock` for a new product, with `difference` for one that orders may name already."""

    difference = forms.IntegerField(
        label=_("Change the stock by"),
        help_text=_("40 when 40 came in, -3 when 3 broke. Orders that are processed meanwhile count too."),
        required=False,
        min_value=-MOST_STOCK,
        max_value=MOST_STOCK,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.price is not None:
            self.initial["price"] = Decimal(plain(self.instance.price))

    def clean_difference(self) -> int:
        difference: int = self.cleaned_data["difference"] or 0
        stock = Product.objects.filter(pk=self.instance.pk).values_list("stock", flat=True).first() or 0
        if not 0 <= stock + difference <= MOST_STOCK:
            raise ValidationError(
                gettext("There are %(stock)s; the stock is 0 to %(most)s."),
                params={"stock": stock, "most": f"{MOST_STOCK:,}"},
            )
        return difference


class ProductPage(Page):
    noun = "product"
    form = ProductForm
    list_display = ("product_id", "name", "stock", "price_text")
    search_fields = ("product_id", "name")

    @admin.display(description=_("price"), ordering="price")
    def price_text(self, product: Product) -> str:
        return plain(product.price) or "–"

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        last = ("stock",) if obj is None else ("stock", "difference")
        return ("product_id", "name", "price", *last)

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        """An order names the id, so that another one would be another product."""
        return () if obj is None else ("product_id", "stock")

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        names = [name for name in form.changed_data if name in {"name", "price"}]
        before, after = told(form.initial, names), told(form.cleaned_data, names)
        product = Product.objects.filter(pk=obj.pk)
        if names:
            product.update(**{name: form.cleaned_data[name] for name in names})
        if difference := form.cleaned_data["difference"]:
            enough = product.filter(stock__gte=-difference, stock__lte=MOST_STOCK - difference)
            if enough.update(stock=F("stock") + difference):
                after["stock"] = product.values_list("stock", flat=True).get()
                before["stock"] = after["stock"] - difference
            else:  # taken between the look of the form and this
                self.message_user(request, gettext("Not enough stock was left; it stays."), messages.ERROR)
        self.record(request, self.action_changed, obj, before=before, after=after)
