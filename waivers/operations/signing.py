"""Signing, by the right person and under the exact text that was shown (B15)."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import at_local, local_day
from accounts.errors import NotAllowed
from accounts.models import AccountOwner, Member, Organization
from accounts.transactions import operation
from clients.models import Client, Household
from clients.operations import activity, admission
from clients.searching import fold
from relationships import authority
from relationships.enums import FamilyPermission
from waivers.enums import Capacity, Frequency
from waivers.errors import NameDoesNotMatch, SignerNotAdult, TextChanged
from waivers.models import DocumentVersion, Requirement, Signature
from waivers.requirements import latest_versions, standing


@operation
def sign(
    *,
    by: Actor,
    organization: Organization,
    versions: Sequence[DocumentVersion],
    members: Sequence[Member],
    typed_name: str,
) -> list[Signature]:
    """Sign each of ``versions`` for each of ``members``, as ``by.member``.

    Makes the members clients of the organisation where they are none yet. Takes their households' row
    locks, so that a signature that holds already is not made twice; the list holds either.
    Raises NotAllowed for somebody the signer may not sign for (every adult but themselves), SignerNotAdult,
    NameDoesNotMatch, and TextChanged when a version is not its document's newest.
    """
    signer = _signer(by, organization, members)
    check_name(signer, typed_name)
    now = timezone.now()
    _check_newest(organization, versions)
    clients = admission.admit(by=by, organization=organization, members=members)
    for household in _households_of(clients).select_for_update(no_key=True):
        activity.touch(household)
    capacities = _capacities(signer, members)
    ends = _expiries(organization, versions, now)
    held = _held(versions, clients, signer, now)
    made = []
    for version in versions:
        for member, client in zip(members, clients, strict=True):
            if (version.pk, client.pk) not in held:
                held[version.pk, client.pk] = Signature(
                    organization=organization,
                    version=version,
                    client=client,
                    signer=signer,
                    capacity=capacities[member.pk],
                    typed_name=" ".join(typed_name.split()),
                    signed_at=now,
                    expires_at=ends[version.document_id],
                    ip=by.ip,
                    user_agent=by.user_agent[:200],
                )
                made.append((held[version.pk, client.pk], member))
    Signature.objects.bulk_create([signature for signature, _member in made])
    for signature, member in made:
        _record(by, signature, member)
    return [held[version.pk, client.pk] for version in versions for client in clients]


def check_name(signer: Member, typed_name: str) -> None:
    """Raise NameDoesNotMatch unless ``typed_name`` is the signer's, whatever its case, accents and hyphens."""
    names = {signer.full_name, f"{signer.preferred_name or signer.given_name} {signer.family_name}"}
    if _bare(typed_name) not in {_bare(name) for name in names}:
        raise NameDoesNotMatch


def expiry(requirement: Requirement, signed_at: datetime) -> datetime | None:
    """When a signature given at ``signed_at`` ends: at midnight, by days on the organisation's calendar.

    A year ends as its anniversary begins (1 March for 29 February), a season after its last day; None for
    one that holds for good.
    """
    zone = requirement.organization.time_zone
    today = local_day(signed_at, zone)
    match requirement.frequency:
        case Frequency.YEARLY:
            try:
                end = today.replace(year=today.year + 1)
            except ValueError:
                end = today.replace(year=today.year + 1, month=3, day=1)
        case Frequency.SEASON if requirement.season_ends_on is not None:
            end = requirement.season_ends_on + timedelta(days=1)
        case Frequency.DAYS if requirement.days is not None:
            end = today + timedelta(days=requirement.days)
        case _:
            return None
    return at_local(end, time.min, zone)


def _signer(by: Actor, organization: Organization, members: Sequence[Member]) -> Member:
    """The acting member, who may sign for each of ``members`` and is of age for it."""
    signer = by.member
    if signer is None:
        raise NotAllowed
    wanted = {member.pk for member in members}
    allowed = authority.subjects(by, FamilyPermission.SIGN, organization).filter(pk__in=wanted)
    refused = wanted - set(allowed.values_list("pk", flat=True))
    for member in members:
        if member.pk in refused:
            authority.may(by, FamilyPermission.SIGN, member, organization).or_refuse()
            raise NotAllowed
    if wanted - {signer.pk} and not _is_of_age(signer, organization):
        raise SignerNotAdult
    return signer


def _is_of_age(signer: Member, organization: Organization) -> bool:
    """An adult here; an account's owner is one by what an owner is, unless the birth date says otherwise."""
    if signer.born_on is None:
        return AccountOwner.objects.filter(member=signer).exists()
    return authority.is_adult(signer, organization)


def _check_newest(organization: Organization, versions: Sequence[DocumentVersion]) -> None:
    newest = latest_versions(organization, {version.document_id for version in versions})
    for version in versions:
        if newest.get(version.document_id) != version or newest[version.document_id].document.is_retired:
            raise TextChanged


def _households_of(clients: Sequence[Client]) -> QuerySet[Household]:
    return Household.objects.filter(pk__in={client.household_id for client in clients}).order_by("pk")


def _capacities(signer: Member, members: Sequence[Member]) -> dict[int, Capacity]:
    """Per member id in what capacity the signer signs for them."""
    owned = set(AccountOwner.objects.filter(member=signer).values_list("account_id", flat=True))
    return {
        member.pk: Capacity.SELF
        if member == signer
        else Capacity.OWNER
        if member.account_id in owned
        else Capacity.GUARDIAN
        for member in members
    }


def _expiries(
    organization: Organization, versions: Sequence[DocumentVersion], now: datetime
) -> dict[int, datetime | None]:
    """Per document id when a signature given now ends: as soon as the strictest of its requirements says."""
    ends: dict[int, datetime | None] = {version.document_id: None for version in versions}
    asking = Requirement.objects.filter(standing(organization, now), document__in=ends)
    for requirement in asking.select_related("organization"):
        end, known = expiry(requirement, now), ends[requirement.document_id]
        ends[requirement.document_id] = end if known is None else min(known, end or known)
    return ends


def _held(
    versions: Sequence[DocumentVersion], clients: Sequence[Client], signer: Member, now: datetime
) -> dict[tuple[int, int], Signature]:
    """This signer's signatures that hold, by version and client."""
    rows = Signature.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        version__in=versions,
        client__in=clients,
        signer=signer,
    )
    return {(row.version_id, row.client_id): row for row in rows}


def _record(by: Actor, signature: Signature, member: Member) -> None:
    audit.record(
        by=by.acting_for(member),
        action="waivers.signed",
        target=signature,
        organization=signature.organization,
        members=[member],
        changes={"version": signature.version_id, "capacity": signature.capacity},
    )


def _bare(name: str) -> str:
    """A name without case, accents and punctuation."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(name)).split())
