"""The rights of a link in a template's language."""

from django import template

from relationships.enums import LinkKind
from relationships.wording import MEANINGS, RIGHTS

register = template.Library()


@register.filter
def right_name(flag: str) -> str:
    """What a flag is called."""
    return str(RIGHTS.get(flag, flag))


@register.filter
def right_meaning(flag: str) -> str:
    """What a flag lets somebody do."""
    return str(MEANINGS.get(flag, ""))


@register.filter
def kind_name(kind: str) -> str:
    """One of the seven kinds of link (C02)."""
    return str(LinkKind(kind).label) if kind in LinkKind.values else kind
