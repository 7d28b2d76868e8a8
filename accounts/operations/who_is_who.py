"""Who is who: a family with an account of its own claims the people of a staff-made one (RULES 1.4).

The mailed link and the second thing are asked first (``claiming.prove``). Then the family says of each person
that staff entered: the same as one of mine, new, or not mine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import born_on_or_before, today_in
from accounts.errors import InvitationUnusable, NotAllowed, Refused
from accounts.events import AccountJoined, AccountJoining, MemberMoving, MemberRecognised, emit
from accounts.guards import Act, refuse_if
from accounts.models import Account, AccountOwner, Invitation, Member, Organization
from accounts.operations import invitations, moving
from accounts.transactions import operation

PROOF_HOLDS = timedelta(hours=1)


class Fate(StrEnum):
    """What the family says of one staff-made person."""

    SAME = "same"
    NEW = "new"
    NOT_MINE = "not_mine"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``mine`` is who of the family they are, with SAME only."""

    fate: Fate
    mine: Member | None = None


class NotProved(Refused):
    """The second thing was not asked, or too long ago."""

    message = _("Please confirm once more that this is you.")


class Unanswered(Refused):
    """Not every person has an answer, or the account has changed meanwhile."""

    message = _("Say for each person who they are. Somebody may have been added meanwhile.")


class NobodyMine(Refused):
    """None of the people is the family's: then there is nothing to connect."""

    message = _(
        "You said that nobody here belongs to your family, so there is nothing to connect. Leave this page, "
        "and tell the desk that the address is wrong."
    )


class HasFamilyAlready(Refused):
    """The login is in an account that somebody else runs."""


def proved(by: Actor, token: str) -> Invitation:
    """The open invitation whose second thing this login gave. Raises InvitationUnusable, NotProved."""
    invitation = invitations.look_up(token)
    is_fresh = invitation.proved_at is not None and invitation.proved_at > timezone.now() - PROOF_HOLDS
    if by.user is None or invitation.proved_by_id != by.user.pk or not is_fresh:
        raise NotProved
    return invitation


def family_of(by: Actor, organization: Organization | None) -> Member | None:
    """The claimer's own member, where they have a family; raises HasFamilyAlready if they do not run it."""
    me = (
        Member.objects.select_related("account")
        .filter(user=by.user, user__isnull=False, erased_at__isnull=True)
        .first()
    )
    if me is not None and not AccountOwner.objects.filter(member=me).exists():
        raise HasFamilyAlready(
            _(
                "Your login is in an account that somebody else runs. An owner of it has to connect the two, or "
                "the desk of %(organization)s helps you: nothing in either is lost."
            )
            % {"organization": organization.name if organization else ""}
        )
    return me


def staff_made(account: Account) -> list[Member]:
    """Whom staff entered and nobody has claimed, owners first."""
    people = account.members.filter(user__isnull=True, same_as__isnull=True, erased_at__isnull=True)
    return list(people.order_by("ownership__since", "pk"))


def own_people(by: Actor, me: Member, organization: Organization) -> list[Member]:
    """Of the claimer's account, for whom they may speak: themselves, minors, and adults without a login.

    Nobody from whom a guard keeps them.
    """
    adult_by = born_on_or_before(today_in(organization.time_zone), organization.age_of_majority)
    return [
        member
        for member in me.account.members.filter(erased_at__isnull=True).order_by("pk")
        if member.pk == me.pk
        or ((member.user_id is None or _is_minor(member, adult_by)) and _may_know(by, member, organization))
    ]


def suggested(person: Member, own: Sequence[Member]) -> Answer:
    """The same first name and birth date, or the same whole name where one has no birth date; else new."""
    for mine in own:
        if _first_name(mine) == _first_name(person) and _same_birth(mine, person):
            return Answer(fate=Fate.SAME, mine=mine)
    return Answer(fate=Fate.NEW)


@operation
def connect(*, by: Actor, token: str, answers: Mapping[str, Answer]) -> Account:
    """Carry out what the family said of each person, by their code, and return the account it has now.

    *Same*: what the organisation keeps of the two is joined, as in a merge. *New*: the person moves into the
    family's account. *Not mine*: they stay, kept by staff. The organisation's household with its number, bills
    and balance goes with the person who was invited. Emits MemberMoving for each who is claimed, before anything
    is locked; AccountJoining; MemberMoved or MemberRecognised for each; AccountJoined. Raises
    InvitationUnusable, NotProved, HasFamilyAlready, Unanswered, NobodyMine, NotAllowed, or what a guard says.
    """
    invitation = proved(by, token)
    organization = invitation.organization
    me = family_of(by, organization)
    if me is None or organization is None:
        raise InvitationUnusable
    by = replace(by, member=me)
    claimed = _claimed(invitation.account, answers)
    for person in claimed:
        emit(MemberMoving(member=person, from_account=invitation.account, by=by))
    _lock(invitation, me, [*claimed, *(a.mine for a in answers.values() if a.mine is not None)])
    _check(by, me, invitation, answers)
    for mine in me.account.members.filter(erased_at__isnull=True):
        refuse_if(act=Act.CLAIM, subjects=[*claimed, mine], organization=organization, by=by)
    left = invitation.account
    staying = [person for person in staff_made(left) if person not in claimed]
    emit(
        AccountJoining(
            account=left,
            into=me.account,
            organization=organization,
            takes_household=invitation.member not in staying,
            staying=tuple(staying),
            member=me,
            by=by,
        )
    )
    shelf = _shelf(left, staying)
    for person in claimed:
        _carry_out(by, person, me.account, answers[person.code], organization, shelf)
    _keep_an_owner(left, staying, organization)
    invitation.used_at = timezone.now()
    invitation.save(update_fields=["used_at"])
    _record(by, me, organization, left, claimed, answers)
    emit(
        AccountJoined(
            account=me.account,
            left=left,
            member=me,
            organization=organization,
            at=invitation.used_at,
            by=by,
        )
    )
    return me.account


def refuse_kept_apart(by: Actor, me: Member, invitation: Invitation) -> None:
    """Before a name is shown: whom a guard keeps from these people learns nothing of them (RULES 2.1)."""
    people = [*staff_made(invitation.account), me]
    refuse_if(act=Act.CLAIM, subjects=people, organization=invitation.organization, by=replace(by, member=me))


def _claimed(account: Account, answers: Mapping[str, Answer]) -> list[Member]:
    people = staff_made(account)
    if {person.code for person in people} != set(answers):
        raise Unanswered
    claimed = [person for person in people if answers[person.code].fate is not Fate.NOT_MINE]
    if not claimed:
        raise NobodyMine
    return claimed


def _lock(invitation: Invitation, me: Member, people: Sequence[Member]) -> None:
    """Both accounts, then the people, then the invitation. Of two at once the second finds the link used."""
    accounts = Account.objects.select_for_update().filter(pk__in=[invitation.account_id, me.account_id])
    list(accounts.order_by("pk"))
    rows = Member.objects.select_for_update(of=("self",)).filter(pk__in=[each.pk for each in people])
    list(rows.order_by("pk"))
    current = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if current.used_at is not None or current.revoked_at is not None:
        raise InvitationUnusable


def _check(by: Actor, me: Member, invitation: Invitation, answers: Mapping[str, Answer]) -> None:
    """Under the locks: the account is still the organisation's, the claimer still runs theirs, nobody is new."""
    organization = invitation.organization
    account = Account.objects.get(pk=invitation.account_id)
    current = Member.objects.select_related("account").get(pk=me.pk)
    if organization is None or account.kept_by_id != organization.pk or account.pk == me.account_id:
        raise InvitationUnusable
    if current.account_id != me.account_id or current.account.erased_at is not None:
        raise NotAllowed
    family_of(by, organization)
    _claimed(account, answers)
    allowed = set(own_people(by, current, organization))
    for answer in answers.values():
        if (answer.fate is Fate.SAME) != (answer.mine is not None):
            raise Unanswered
        if answer.mine is not None and answer.mine not in allowed:
            raise NotAllowed


def _shelf(left: Account, staying: Sequence[Member]) -> Account:
    """Where staff-made people are kept who were recognised: with nobody who may be claimed another time."""
    if staying:
        return Account.objects.create(name="", country=left.country, kept_by=left.kept_by)
    left.name = ""
    left.save(update_fields=["name"])
    return left


def _carry_out(
    by: Actor,
    person: Member,
    account: Account,
    answer: Answer,
    organization: Organization,
    shelf: Account,
) -> None:
    if answer.mine is None:
        moving.move_member(by=by, member=person, to_account=account)
        return
    AccountOwner.objects.filter(member=person).delete()
    person.same_as, person.account = answer.mine, shelf
    person.save(update_fields=["same_as", "account"])
    open_ones = Invitation.objects.filter(member=person, used_at__isnull=True, revoked_at__isnull=True)
    open_ones.exclude(proved_by=by.user).update(revoked_at=timezone.now())
    emit(MemberRecognised(staff_made=person, member=answer.mine, organization=organization, by=by))


def _keep_an_owner(account: Account, staying: Sequence[Member], organization: Organization) -> None:
    """The first adult who stays runs the account, on paper: staff keep it (RULES 1.3)."""
    if AccountOwner.objects.filter(account=account).exists():
        return
    adult_by = born_on_or_before(today_in(organization.time_zone), organization.age_of_majority)
    adult = next((person for person in staying if person.born_on and person.born_on <= adult_by), None)
    if adult is not None:
        AccountOwner.objects.create(account=account, member=adult)


def _record(
    by: Actor,
    me: Member,
    organization: Organization,
    left: Account,
    claimed: Sequence[Member],
    answers: Mapping[str, Answer],
) -> None:
    said = {fate.value: 0 for fate in Fate}
    for answer in answers.values():
        said[answer.fate.value] += 1
    audit.record(
        by=by,
        action="accounts.joined",
        target=left,
        organization=organization,
        members=[me, *claimed],
        changes=said,
    )


def _is_minor(member: Member, adult_by: date) -> bool:
    return member.born_on is None or member.born_on > adult_by


def _may_know(by: Actor, member: Member, organization: Organization) -> bool:
    try:
        refuse_if(act=Act.CLAIM, subjects=[member], organization=organization, by=by)
    except Refused:
        return False
    return True


def _first_name(member: Member) -> str:
    return member.given_name.casefold().strip()


def _same_birth(one: Member, other: Member) -> bool:
    if one.born_on and other.born_on:
        return one.born_on == other.born_on
    return one.full_name.casefold() == other.full_name.casefold()
