"""Organisations and who works there."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actors import Actor
from accounts.errors import Refused
from accounts.models import Organization, Role, Staff, User
from accounts.permissions import BUILT_IN
from accounts.transactions import operation

ROLE_NAMES = {
    "administrator": "Administrator",
    "supervisor": "Supervisor",
    "front-desk": "Front desk",
    "instructor": "Instructor",
    "bookkeeper": "Bookkeeper",
    "account-contributor": "Account contributor",
    "account-reader": "Account reader",
}
"""Data of each organisation, which may rename them."""


@operation
def create_organization(
    *,
    by: Actor,
    slug: str,
    name: str,
    time_zone: str,
    currency: str,
    country: str,
    locale: str,
    **policies: Any,
) -> Organization:
    """Make an organisation with the built-in roles. ``policies`` are other columns of Organization.

    Raises Refused with every reason against the values given.
    """
    organization = Organization(
        slug=slug,
        name=name,
        time_zone=time_zone,
        currency=currency.upper(),
        country=country.upper(),
        locale=locale,
        **policies,
    )
    check(organization)
    organization.save()
    Role.objects.bulk_create(
        Role(organization=organization, key=key, name=ROLE_NAMES[key], permissions=sorted(permissions))
        for key, permissions in BUILT_IN.items()
    )
    audit.record(
        by=by, action="accounts.organization_created", target=organization, organization=organization
    )
    return organization


@operation
def add_staff(
    *, by: Actor, organization: Organization, name: str, user: User | None, roles: Sequence[str]
) -> Staff:
    """Let somebody work at ``organization`` under the roles with these keys; without a user, by name only.

    Raises Refused for a role that the organisation does not have.
    """
    found = list(organization.roles.filter(key__in=roles))
    missing = sorted(set(roles) - {role.key for role in found})
    if missing:
        raise Refused(_("There is no role named %(roles)s here.") % {"roles": ", ".join(missing)})
    staff = Staff.objects.create(organization=organization, user=user, name=name)
    staff.roles.set(found)
    audit.record(
        by=by,
        action="accounts.staff_added",
        target=staff,
        organization=organization,
        changes={"roles": sorted(roles)},
    )
    return staff


def check(organization: Organization) -> None:
    """Raise Refused unless zone, currency, locale and the model's own rules are kept."""
    against = []
    if organization.time_zone not in available_timezones():
        against.append(_("The time zone is an IANA name such as America/Toronto."))
    if organization.currency not in list_currencies():
        against.append(_("The currency is a code of ISO 4217 such as CAD."))
    try:
        Locale.parse(organization.locale)
    except (UnknownLocaleError, ValueError):
        against.append(_("The locale is a name such as en_CA."))
    try:
        organization.full_clean()
    except ValidationError as error:
        against += error.messages
    if against:
        raise Refused(" ".join(against))
