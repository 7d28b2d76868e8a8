"""Accounts and the people in them: the family's own side."""

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import today_in
from accounts.errors import PersonErased
from accounts.events import MemberChanged, emit
from accounts.models import Account, AccountOwner, Member, Organization
from accounts.people import PersonFields, check_of_age, family_name_of
from accounts.transactions import operation


@operation
def open_account(*, by: Actor, owner: PersonFields, kept_by: Organization | None, country: str) -> Member:
    """Make an account with its first owner, and return the owner.

    ``kept_by`` is the organisation whose staff make it (RULES 1.3), and then its age of majority holds:
    raises UnderAge. ``country`` decides how phone numbers are read and when somebody is an adult.
    """
    if kept_by is not None:
        today = today_in(kept_by.time_zone)
        check_of_age(owner.born_on, today, kept_by.age_of_majority)
    account = Account.objects.create(name=family_name_of(owner), kept_by=kept_by, country=country)
    member = Member.objects.create(account=account, **owner.values())
    AccountOwner.objects.create(account=account, member=member)
    audit.record(
        by=by, action="accounts.account_opened", target=account, organization=kept_by, members=[member]
    )
    return member


@operation
def open_for_minor(*, by: Actor, minor: PersonFields, kept_by: Organization, country: str) -> Member:
    """Make an account without an owner, which the staff of ``kept_by`` run, for a minor; return the minor.

    Only an adult owns an account, so that nobody does until the minor moves to a family's.
    """
    account = Account.objects.create(name=family_name_of(minor), kept_by=kept_by, country=country)
    member = Member.objects.create(account=account, **minor.values())
    audit.record(
        by=by, action="accounts.account_opened", target=account, organization=kept_by, members=[member]
    )
    return member


@operation
def add_member(*, by: Actor, account: Account, person: PersonFields) -> Member:
    """Add somebody of any age to ``account``. Several people may share one e-mail address.

    Takes the account's row lock. Raises PersonErased where it is erased.
    """
    if Account.objects.select_for_update(no_key=True).get(pk=account.pk).erased_at is not None:
        raise PersonErased
    member = Member.objects.create(account=account, **person.values())
    audit.record(by=by, action="accounts.member_added", target=member, members=[member])
    return member


@operation
def change_member(
    *, by: Actor, member: Member, person: PersonFields, seen: PersonFields | None = None
) -> Member:
    """Set the family's own fields of ``member``. Emits MemberChanged, unless nothing differs.

    Takes the member's row lock, so that two changes at once are told apart field by field: ``seen`` is what
    the writer had before them. Raises ChangedMeanwhile, and PersonErased.
    """
    current = Member.objects.select_for_update().select_related("account").get(pk=member.pk)
    if current.erased_at is not None:
        raise PersonErased
    changed = person.changes(current, seen)
    if not changed:
        return current
    for name in changed:
        setattr(current, name, getattr(person, name))
    current.save(update_fields=changed)
    audit.record(
        by=by,
        action="accounts.member_changed",
        target=current,
        members=[current],
        changes={"fields": sorted(changed)},
    )
    emit(MemberChanged(member=current, fields=changed, by=by))
    return current
