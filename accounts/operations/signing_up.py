"""Signing up: a family makes its own account (RULES 1.6, D01)."""

from dataclasses import replace
from datetime import date

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import born_on_or_before, today_in
from accounts.errors import BirthDateUnusable, UnderAge
from accounts.events import SignedUp, SignUpRepeated, emit
from accounts.models import Account, Member, Organization, User
from accounts.operations import families
from accounts.people import PersonFields
from accounts.transactions import operation


@operation
def sign_up(
    *, by: Actor, organization: Organization | None, person: PersonFields, password: str, country: str = ""
) -> Member | None:
    """Make login, account, member and owner at once, not confirmed until the e-mail is. Emits SignedUp, from

    which the household at ``organization`` and the mail follow.

    Raises UnderAge below the organisation's age of majority (its local day; without one the
    installation's, for ``country``): nothing is stored. An e-mail that has a login makes nothing and
    returns None: the caller says the same as ever, and the mail tells (SignUpRepeated).
    """
    country = organization.country if organization else country
    _refuse_minors(person.born_on, organization, country)
    email = person.email.lower()
    user = _new_user(email, password)
    if user is None:
        emit(SignUpRepeated(user=User.objects.get(email=email), organization=organization, by=by))
        return None
    EmailAddress.objects.create(user=user, email=email, verified=False, primary=True)
    by = replace(by, user=user)
    member = families.open_account(by=by, owner=person, kept_by=None, country=country)
    member.user = user
    member.save(update_fields=["user"])
    by = replace(by, member=member)
    audit.record(
        by=by, action="accounts.signed_up", target=member.account, organization=organization, members=[member]
    )
    emit(SignedUp(user=user, member=member, account=member.account, organization=organization, by=by))
    return member


@operation
def confirm(*, by: Actor, user: User) -> Account | None:
    """The login's e-mail is confirmed: its account may buy from now on. Returns it if that is news."""
    account = (
        Account.objects.select_for_update(of=("self",))
        .filter(members__user=user, confirmed_at__isnull=True, kept_by__isnull=True)
        .first()
    )
    if account is None:
        return None
    account.confirmed_at = timezone.now()
    account.save(update_fields=["confirmed_at"])
    audit.record(by=by, action="accounts.confirmed", target=account)
    return account


def adult_if_born_by(organization: Organization | None, country: str) -> date:
    """The latest birth date with which somebody may sign up today."""
    if organization is not None:
        today = today_in(organization.time_zone)
        return born_on_or_before(today, organization.age_of_majority)
    years = settings.AGES_OF_MAJORITY.get(country, settings.AGES_OF_MAJORITY[""])
    return born_on_or_before(timezone.now().date(), years)


def _refuse_minors(born_on: date | None, organization: Organization | None, country: str) -> None:
    if born_on is None:
        raise BirthDateUnusable(_("Only an adult can make an account, so we need the birth date."))
    if born_on > adult_if_born_by(organization, country):
        raise UnderAge(
            _("An adult of your family can make the account and add you. You can then have your own login.")
        )


def _new_user(email: str, password: str) -> User | None:
    """A login, or None where one exists. Both ways hash the password once: the time tells nothing."""
    if User.objects.filter(email=email).exists():
        make_password(password)
        return None
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password)
    except IntegrityError:
        return None
