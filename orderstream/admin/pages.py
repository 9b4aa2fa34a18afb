"""What every page of the admin shares: its right, and the audit log in place of Django's own."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from unfold.admin import ModelAdmin

from orderstream import audit
from orderstream.access.rights import Right

# Of a 64-bit integer in decimal digits.
LONGEST_KEY: Final = 19


class Page(ModelAdmin):  # type: ignore[misc] # Unfold ships no types
    """Seen and changed with the right to configure, which Django's own permissions know nothing of."""

    # Before the name of what was changed, in the audit log.
    noun: ClassVar[str]
    action_changed: ClassVar[str] = "configuration_changed"
    show_full_result_count = False
    list_per_page = 50

    def may(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Right.CONFIGURE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **given: Any
    ) -> Any:
        """One button: the others save the same and only lead elsewhere."""
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **given)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        before, after = self.changes(form)
        # Nothing before: it was added. Nothing after: it was removed.
        self.record(request, self.action_changed, obj, before=before if change else {}, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.record(request, self.action_changed, obj, before={"name": str(obj)}, after={})
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.record(request, self.action_changed, obj, before={"name": str(obj)}, after={})
        super().delete_queryset(request, queryset)

    def changes(self, form: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields that differ, before and after."""
        names = [name for name in form.changed_data if name in form.cleaned_data]
        before = {name: form.get_initial_for_field(form.fields[name], name) for name in names}
        return told(before, names), told(form.cleaned_data, names)

    def record(self, request: HttpRequest, action: str, obj: Any, **details: Any) -> None:
        audit.record(actor_of(request), action, self.subject(obj)[:200], **details)

    def subject(self, obj: Any) -> str:
        return f"{self.noun} {obj}"

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Nothing: ours is the audit log, and the deed stands in it already."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Nothing, likewise."""

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        """Nothing, likewise."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The audit log, searched for this."""
        obj = self.get_object(request, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        subject = self.noun if obj is None else self.subject(obj)
        return redirect(f"{reverse('admin:orderstream_auditentry_changelist')}?{urlencode({'q': subject})}")

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Django asks SQL for whatever was sent as a key, and not every text or number can be one."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(key.isdecimal() and len(key) < LONGEST_KEY for key in chosen):
            raise BadRequest("no such row")
        answer: HttpResponse | None = super().response_action(request, queryset)
        return answer


class ReadOnly(Page):
    """Looked at, never changed."""

    actions = None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **given: Any
    ) -> Any:
        """What never changes has no history."""
        return super().render_change_form(request, context | {"show_history": False}, *args, **given)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def actor_of(request: HttpRequest) -> str:
    return f"user:{request.user.get_username()}"


def told(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """As JSON takes them."""
    return {name: _plain(values.get(name)) for name in names}


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple() | QuerySet():
            return [_plain(each) for each in value]
    return str(value)
