"""The order form as HTML; what is right and wrong is decided by the one validation in the domain."""

import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orderstream.domain.drafts import InvalidOrder, draft_from
from orderstream.domain.orders import OrderDraft

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_KEY: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def _text(label: "StrOrPromise", **attributes: object) -> forms.CharField:
    name = attributes.pop("name")
    described = {"class": "input", "aria-describedby": f"{name}-wrong", **attributes}
    return forms.CharField(label=label, required=False, strip=False, widget=forms.TextInput(described))


class OrderForm(forms.Form):
    """Fields as text; `draft` is the order once the form is valid."""

    customer_id = _text(_("Customer"), name="customer_id", **{"data-first": True})
    product_id = _text(_("Product"), name="product_id")
    quantity = _text(_("Quantity"), name="quantity", inputmode="numeric", **{"class": "input num"})
    price = _text(_("Price"), name="price", inputmode="decimal", **{"class": "input num"})
    note = forms.CharField(
        label=_("Note"),
        required=False,
        strip=False,
        help_text=_("At most 500 characters"),
        widget=forms.Textarea({"class": "input", "rows": 3, "aria-describedby": "note-hint note-wrong"}),
    )
    reference = _text(
        _("Reference"),
        name="reference",
        placeholder=_("Your own number, optional"),
        **{"class": "input mono"},
    )

    draft: OrderDraft

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        try:
            self.draft = draft_from(_values(given))
        except InvalidOrder as invalid:
            for problem in invalid.problems:
                self.add_error(problem.field, problem.text(gettext))
        return given


def _values(given: Mapping[str, str]) -> dict[str, object]:
    """Empty fields were not filled in; a quantity becomes a number where it is one."""
    values: dict[str, object] = {name: text for name, text in given.items() if text.strip()}
    quantity = given.get("quantity", "").strip()
    if _WHOLE.fullmatch(quantity):
        values["quantity"] = int(quantity)
    return values


def filling_key(given: str = "") -> str:
    """One per filling of the form, so that sending it twice makes one order (I2); new where none is given."""
    return given if _KEY.fullmatch(given) else secrets.token_hex(16)
