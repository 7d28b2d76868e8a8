"""What staff do with families: open an account for one, add people, keep what they know of each."""

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import born_on_or_before, today_in
from accounts.errors import NotAllowed, PersonErased
from accounts.events import emit
from accounts.models import Account, Member, Organization
from accounts.operations import families, invitations
from accounts.people import PersonFields
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation
from clients import naming
from clients.enums import ClientStatus
from clients.errors import CannotChange, PossibleDuplicate, RunByFamily
from clients.events import LeavingLists
from clients.models import Client, Household
from clients.operations import activity, admission, households
from clients.operations.admission import PHOTO, shared_fields


@operation
def open_family(
    *,
    by: Actor,
    organization: Organization,
    owner: PersonFields,
    participates: bool = False,
    is_sure: bool = False,
) -> Client:
    """Make an account kept by ``organization``, its owner, household and client (A05, RULES 1.3).

    With an e-mail address the owner is invited to take the account over (A08); without one staff run it
    (A07). Raises UnderAge, and PossibleDuplicate unless ``is_sure``. Whether a login with this address
    exists elsewhere changes only the mail that goes out (RULES 1.5).
    """
    if not is_sure:
        _look_for(organization, owner)
    member = families.open_account(by=by, owner=owner, kept_by=organization, country=organization.country)
    households.begin(by=by, organization=organization, account=member.account)
    clients = admission.admit(by=by, organization=organization, members=[member], participates=participates)
    admission.activate(by=by, clients=clients)
    if member.email:
        invitations.invite_to_claim(by=by, organization=organization, member=member)
    return clients[0]


@operation
def add_person(
    *,
    by: Actor,
    household: Household,
    person: PersonFields,
    participates: bool = True,
    is_sure: bool = False,
) -> Client:
    """Add somebody of any age to an account that staff keep, and make them a client (P13, A11).

    People of one family may share an e-mail address. Raises RunByFamily for an account that the family
    runs itself, and PossibleDuplicate for the same name and birth date unless ``is_sure``.
    """
    account = Account.objects.select_for_update().get(pk=household.account_id)
    still_there = Household.objects.filter(pk=household.pk, account=account, merged_into__isnull=True)
    if account.kept_by_id != household.organization_id or not still_there.exists():
        raise RunByFamily
    if not is_sure:
        _look_for(household.organization, person, own=household)
    activity.touch(household)
    member = families.add_member(by=by, account=account, person=person)
    clients = admission.admit(
        by=by, organization=household.organization, members=[member], participates=participates
    )
    admission.activate(by=by, clients=clients)
    return clients[0]


@operation
def open_own(
    *,
    by: Actor,
    organization: Organization,
    person: PersonFields,
    participates: bool = True,
    is_sure: bool = False,
) -> Client:
    """Make a client with an account of their own, kept by ``organization``: for who belongs to no account here.

    Somebody of age owns it, as ``open_family`` has it. A minor's has no owner: staff run it, and whoever acts
    for the minor does so by a link (P15). Raises PossibleDuplicate unless ``is_sure``.
    """
    of_age = born_on_or_before(today_in(organization.time_zone), organization.age_of_majority)
    if person.born_on is not None and person.born_on <= of_age:
        return open_family(
            by=by, organization=organization, owner=person, participates=participates, is_sure=is_sure
        )
    if not is_sure:
        _look_for(organization, replace(person, email=""))  # a child's is often a parent's
    member = families.open_for_minor(by=by, minor=person, kept_by=organization, country=organization.country)
    households.begin(by=by, organization=organization, account=member.account)
    clients = admission.admit(by=by, organization=organization, members=[member], participates=participates)
    admission.activate(by=by, clients=clients)
    return clients[0]


@operation
def change_client(
    *,
    by: Actor,
    client: Client,
    person: PersonFields,
    participates: bool,
    seen: PersonFields | None = None,
) -> Client:
    """Set what the organisation keeps of a client. ``seen`` is what the writer had before them.

    In an account that staff keep, the family's side is written too (RULES 1.3). In any other, each field
    changed here is staff's from now on, and no longer follows the family's (RULES 1.1); one set to what
    the family says follows it again. Raises ChangedMeanwhile, PersonErased, and what an app says that expects
    somebody who would take no part any more. Raises SelfDealing for a birth date in one's
    own family (RULES 2.6).
    """
    account = Account.objects.select_for_update().get(members=client.member_id)
    if account.kept_by_id == client.organization_id:
        Member.objects.select_for_update().get(pk=client.member_id)  # before the client, as a family's change
    households.lock(Q(clients=client.pk))
    current = Client.objects.select_for_update(of=("self",)).select_related("member").get(pk=client.pk)
    if current.status == ClientStatus.MERGED:
        raise CannotChange
    if current.status == ClientStatus.ERASED or current.member.erased_at is not None:
        raise PersonErased
    changed = person.changes(current, seen)
    if "born_on" in changed:
        refuse_self_dealing(by=by, members=[current.member])
    is_kept = account.kept_by_id == current.organization_id and current.member.account_id == account.pk
    if is_kept:  # and was not claimed while the form was open
        family_side = replace(PersonFields.of(current.member), **{n: getattr(person, n) for n in changed})
        families.change_member(by=by, member=current.member, person=family_side)
        staff_set = set(current.staff_set) & {PHOTO}
    else:
        theirs = PersonFields.of(current.member).values()
        following = {name for name in changed if person.values()[name] == theirs[name]}
        staff_set = (set(current.staff_set) | set(changed)) - following
    for name in changed:
        setattr(current, name, getattr(person, name))
    if current.participates and not participates:
        emit(LeavingLists(client=current, by=by))
    return _keep(by, current, changed, staff_set=staff_set, participates=participates)


@operation
def take_theirs(*, by: Actor, client: Client, field: str) -> Client:
    """Let one field follow the family's again, from what it is now.

    Raises NotAllowed if it is not shared, SelfDealing for a birth date in one's own family, PersonErased.
    """
    households.lock(Q(clients=client.pk))
    current = Client.objects.select_for_update(of=("self",)).select_related("member").get(pk=client.pk)
    if current.member.erased_at is not None:
        raise PersonErased
    if field not in shared_fields(current) - {PHOTO}:  # clients.operations.photos
        raise NotAllowed
    if field == "born_on":
        refuse_self_dealing(by=by, members=[current.member])
    setattr(current, field, getattr(current.member, field))
    return _keep(
        by, current, [field], staff_set=set(current.staff_set) - {field}, participates=current.participates
    )


def _keep(
    by: Actor, client: Client, changed: Iterable[str], *, staff_set: set[str], participates: bool
) -> Client:
    if not list(changed) and participates == client.participates and staff_set == set(client.staff_set):
        return client
    activity.touch_where(Q(pk=client.household_id))
    client.staff_set = sorted(staff_set)
    client.participates = participates
    client.save(update_fields=[*changed, "staff_set", "participates"])
    naming.refresh(client.organization, [client.household_id])
    audit.record(
        by=by,
        action="clients.changed",
        target=client,
        organization=client.organization,
        members=[client.member_id],
        changes={"fields": sorted(changed), "participates": participates},
    )
    return client


def _look_for(organization: Organization, person: PersonFields, own: Household | None = None) -> None:
    """Raise PossibleDuplicate for what is at this organisation, and at no other (RULES 1.5)."""
    alike: list[int] = []
    if person.born_on is not None:
        found = Client.objects.at(organization).standing()
        same = found.alike(person.given_name, person.family_name, person.born_on)
        alike = list(same.values_list("pk", flat=True)[:5])
    with_email: list[int] = []
    if person.email and own is None:
        with_email = households_with(organization, person.email)
    if alike or with_email:
        raise PossibleDuplicate(client_ids=alike, household_ids=with_email)


def households_with(organization: Organization, address: str) -> list[int]:
    """The households here, five at most, in which an owner or a client has this address."""
    standing = Household.objects.filter(
        organization=organization
    ).standing()  # hidden ones too: they are here
    return [household.pk for household in standing.with_email(address)[:5]]
