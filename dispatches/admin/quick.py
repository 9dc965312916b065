"""Render forms with hundreds of rows quickly: the same HTML as Django's widgets, without a template each."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

INPUTS = {
    f"django/forms/widgets/{name}.html"
    for name in ("input", "text", "number", "hidden", "checkbox", "date", "time", "url")
}


class QuickRenderer(DjangoTemplates):
    """Renders plain inputs, selects and split times itself, and everything else with templates."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        widget = context.get("widget", {})
        if template_name in INPUTS:
            return mark_safe(_input(widget))  # noqa: S308 (every value is escaped below)
        if template_name == "django/forms/widgets/select.html":
            return mark_safe(_select(widget))  # noqa: S308 (every value is escaped below)
        if template_name == "admin/widgets/split_datetime.html":
            date, time = (_input(each) for each in widget["subwidgets"][:2])
            return mark_safe(f'<p class="datetime">{date}<br>{time}</p>')  # noqa: S308 (made of the above)
        return mark_safe(super().render(template_name, context, request))  # noqa: S308 (a template escapes)


def _input(widget: dict[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{escape(str(widget["value"]))}"'
    return f'<input type="{widget["type"]}" name="{escape(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _select(widget: dict[str, Any]) -> str:
    options = "".join(_option(option) for _, group, _ in widget["optgroups"] for option in group)
    return f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>{options}</select>'


def _option(option: dict[str, Any]) -> str:
    value, label = escape(str(option["value"])), escape(option["label"])
    return f'<option value="{value}"{_attributes(option["attrs"])}>{label}</option>'


def _attributes(attributes: dict[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not False
    )
