"""The pages Groups, whose rights nobody can raise above their own, and Users, for superusers alone."""

from typing import Any

from django import forms
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from orderstream.access.rights import Right, held_by
from orderstream.admin.pages import Page


class GroupPage(Page):
    """Gives and takes only rights that one has oneself; all others of the group stay as they are."""

    noun = "group"
    action_changed = "group_changed"
    list_display = ("name", "rights_text")
    search_fields = ("name",)
    ordering = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It takes all their rights from people, also those that a manager has not."""
        return request.user.is_superuser

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any) -> Any:
        form = super().get_form(request, obj, change, **{**given, "fields": ("name",)})
        return type(form)("GroupForm", (form,), {"rights": _rights_field(request, obj)})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "rights")

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        offered = {right for right, _name in form.fields["rights"].choices}
        chosen = set(form.cleaned_data["rights"])
        obj.permissions.add(*_permissions(chosen & offered))
        obj.permissions.remove(*_permissions(offered - chosen))

    def rights_text(self, group: Group) -> str:
        held = group.permissions.filter(content_type__app_label="orderstream", content_type__model="right")
        return ", ".join(held.order_by("pk").values_list("codename", flat=True))

    rights_text.short_description = _("rights")  # type: ignore[attr-defined]


class PersonForm(UserChangeForm):  # type: ignore[misc] # Unfold ships no types
    """Nobody locks themselves out."""

    asker: User

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk == self.asker.pk:
            for name in ("is_active", "is_superuser"):
                if not given.get(name, True):
                    self.add_error(name, ValidationError(gettext("You cannot take this from yourself.")))
        return given


class UserPage(UserAdmin, Page):  # type: ignore[type-arg,misc] # Unfold's and Django's types differ in details
    noun = "user"
    action_changed = "user_changed"
    form = PersonForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "groups_text", "is_active", "is_superuser")
    list_filter = ()
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("May do"), {"fields": ("groups", "is_superuser", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def may(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request) and (obj is None or obj.pk != request.user.pk)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **given)
        form.asker = request.user
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_dbfield(db_field, request, **given)
        # Without the menu beside it that would add a group in another window.
        return db_field.formfield(widget=UnfoldAdminCheckboxSelectMultipleWidget(), help_text="")

    def changes(self, form: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Without passwords, which the form of a new user has."""
        before, after = super().changes(form)
        secret = {"password", "password1", "password2"}
        return (
            {name: value for name, value in before.items() if name not in secret},
            {name: value for name, value in after.items() if name not in secret},
        )

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> None:  # type: ignore[override]
        """Called for a new password too, which no `save_model` sees."""
        if "password" in str(message).lower():
            self.record(request, "password_changed", obj)

    def groups_text(self, user: User) -> str:
        return ", ".join(user.groups.order_by("name").values_list("name", flat=True))

    groups_text.short_description = _("groups")  # type: ignore[attr-defined]


def _rights_field(request: HttpRequest, group: Group | None) -> forms.MultipleChoiceField:
    held = held_by(request.user)
    names = dict(_ours().values_list("codename", "name"))
    return forms.MultipleChoiceField(
        label=_("Rights"),
        choices=[(right.value, names[_codename(right)]) for right in Right if right in held],
        initial=[] if group is None else [f"orderstream.{code}" for code in _codes_of(group)],
        help_text=_("Those that you have yourself."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        required=False,
    )


def _ours() -> Any:
    return Permission.objects.filter(content_type__app_label="orderstream", content_type__model="right")


def _codes_of(group: Group) -> list[str]:
    return list(_ours().filter(group=group).values_list("codename", flat=True))


def _permissions(rights: set[str]) -> Any:
    return _ours().filter(codename__in=[_codename(right) for right in rights])


def _codename(right: str) -> str:
    return right.partition(".")[2]
