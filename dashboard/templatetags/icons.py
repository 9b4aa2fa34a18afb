"""{% icon "pending" %}: a shape out of the sprite; decoration only, its word stands beside it."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="i" aria-hidden="true"><use href="{}"/></svg>', icon_url(name))


@register.simple_tag
def icon_url(name: str) -> str:
    return f"{static('dashboard/icons.svg')}#{name}"
