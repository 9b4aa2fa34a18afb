"""The page API keys: each is made and shown once; later its end can be changed, or it is revoked."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from orderstream.access import keys
from orderstream.access.rights import SCOPES, held_by
from orderstream.admin.pages import Page, told
from orderstream.models import ApiKey


class KeyForm(forms.ModelForm):  # type: ignore[type-arg] # cannot be subscripted when it runs
    """Of a living key. That of a new one has scopes too, those that its maker may give."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not keys.is_name(name):
            raise ValidationError(gettext(keys.NAME_RULE))
        if keys.is_taken(name):
            raise ValidationError(gettext("A living key has this name; revoke it, or choose another one."))
        return name

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(gettext("Choose a moment to come. To end the key now, revoke it."))
        return expires_at


class KeyPage(Page):
    noun = "API key"
    action_changed = "key_changed"
    form = KeyForm
    list_display = ("name", "scopes_text", "state_text", "last_used_at", "expires_at", "created_at")
    search_fields = ("name",)
    ordering = ("name", "pk")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.revoked_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoked ones stay: events name them."""
        return False

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "scopes", "expires_at")
        return ("expires_at", *self.get_readonly_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return () if obj is None else ("name", "scopes_text", "state_text", "last_used_at", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any) -> Any:
        form = super().get_form(request, obj, change, **given)
        if change:
            return form
        held = held_by(request.user)
        scopes = forms.MultipleChoiceField(
            label=_("Scopes"),
            choices=[(scope, scope) for scope, right in SCOPES.items() if right in held],
            help_text=_("What the key may do; at most what you may do yourself."),
            widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        )
        return type(form)("NewKeyForm", (form,), {"scopes": scopes})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = form.cleaned_data
        if change:
            keys.change(obj, expires_at=given["expires_at"])
            before, after = self.changes(form)
            self.record(request, self.action_changed, obj, before=before, after=after)
            return
        try:
            obj.token = keys.issue(given["name"], given["scopes"], expires_at=given["expires_at"])
        except keys.KeyNotIssued as problem:  # somebody made one of that name at this very moment
            self.message_user(request, str(problem), messages.ERROR)
            return
        obj.pk = ApiKey.objects.get(digest=keys.digest_of(obj.token)).pk
        self.record(request, "key_issued", obj, **told(given, ("scopes", "expires_at")))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponseBase:
        """The key stands in this one answer and nowhere else: not in a message, a session or a log."""
        if not hasattr(obj, "token"):
            return redirect("admin:orderstream_apikey_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("API key %(name)s") % {"name": obj.name},
            "token": obj.token,
        }
        return TemplateResponse(
            request, "admin/orderstream/key_issued.html", context, headers={"Cache-Control": "no-store"}
        )

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Asks first: there is no way back."""
        living = list(queryset.filter(revoked_at=None))
        if not living:
            self.message_user(request, gettext("None of these keys is living."), messages.WARNING)
            return None
        if request.POST.get("post") != "yes":
            context = {**self.admin_site.each_context(request), "opts": self.opts, "living": living}
            context["title"] = gettext("Revoke API keys")
            return TemplateResponse(request, "admin/orderstream/revoke_keys.html", context)
        for key in living:
            if keys.revoke(key.name):
                self.record(request, "key_revoked", key, scopes=key.scopes)
        said = ngettext("Revoked %(count)s key.", "Revoked %(count)s keys.", len(living))
        self.message_user(request, said % {"count": len(living)}, messages.SUCCESS)
        return None

    @admin.display(description=_("scopes"))
    def scopes_text(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=_("state"))
    def state_text(self, key: ApiKey) -> str:
        return {"living": gettext("living"), "revoked": gettext("revoked"), "run out": gettext("run out")}[
            key.state()
        ]
