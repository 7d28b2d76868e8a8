"""Guardians say who may pick a child up (RULES 2.11)."""

from dataclasses import dataclass
from datetime import date

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts import audit, files
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.events import emit
from accounts.models import Member
from accounts.transactions import operation
from relationships import authority, pick_up
from relationships.enums import FamilyPermission
from relationships.errors import PickUpDatesUnusable, PickUpPersonGone, TooManyPickUpPeople
from relationships.events import PickUpPersonAdded, PickUpPersonChanged, PickUpPersonEnded
from relationships.models import PickUpPerson


@dataclass(frozen=True, kw_only=True)
class Details:
    """Who it is and when. ``phone`` is in E.164; ``ends_on`` the first day on which they may not any more."""

    name: str
    starts_on: date
    relation: str = ""
    phone: str = ""
    ends_on: date | None = None


@operation
def add(
    *, by: Actor, member: Member, details: Details, photo: "ContentFile[bytes] | None" = None
) -> PickUpPerson:
    """Put somebody on the list of who may pick ``member`` up, everywhere.

    For owners, the adult themselves and whoever has a link with ``pick_up``. Other guardians are told.
    Raises NotAllowed, TooManyPickUpPeople, PickUpDatesUnusable.
    """
    authority.may(by, FamilyPermission.PICK_UP, member).or_refuse()
    _check(details)
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=member.pk)
    standing = PickUpPerson.objects.standing(timezone.now().date()).filter(member=member)
    if standing.count() >= pick_up.MOST:
        raise TooManyPickUpPeople
    person = PickUpPerson.objects.create(
        member=member,
        added_by=by.member,
        name=details.name,
        relation=details.relation,
        phone=details.phone,
        photo=photo or "",
        starts_on=details.starts_on,
        ends_on=details.ends_on,
    )
    _record(by, person, "relationships.pick_up_added")
    emit(PickUpPersonAdded(person=person, by=by))
    return person


@operation
def change(
    *,
    by: Actor,
    person: PickUpPerson,
    details: Details,
    photo: "ContentFile[bytes] | None" = None,
    drop_photo: bool = False,
) -> PickUpPerson:
    """Change who it is, or when. Only for the household that named them; the same again changes nothing.

    Raises NotAllowed, PickUpPersonGone, PickUpDatesUnusable.
    """
    current = _locked(by, person)
    if by.member is None or not _is_ours(by.member, current):
        raise NotAllowed
    _check(details)
    changed = [field for field, value in vars(details).items() if getattr(current, field) != value]
    for field in changed:
        setattr(current, field, getattr(details, field))
    if photo is not None or (drop_photo and current.photo):
        files.put(current, "photo", photo)
        changed.append("photo")
    if not changed:
        return current
    current.save(update_fields=changed)
    _record(by, current, "relationships.pick_up_changed")
    emit(PickUpPersonChanged(person=current, by=by))
    return current


@operation
def end(*, by: Actor, person: PickUpPerson) -> PickUpPerson:
    """Take somebody off the list at once; the picture goes. Owners may so with what another guardian named.

    Raises NotAllowed, PickUpPersonGone.
    """
    current = _locked(by, person)
    current.ended_at = timezone.now()
    files.put(current, "photo", None)
    current.save(update_fields=["ended_at", "photo"])
    _record(by, current, "relationships.pick_up_ended")
    emit(PickUpPersonEnded(person=current, by=by))
    return current


def _locked(by: Actor, person: PickUpPerson) -> PickUpPerson:
    rows = PickUpPerson.objects.select_for_update(of=("self",), no_key=True).select_related("member__account")
    current = rows.get(pk=person.pk)
    authority.may(by, FamilyPermission.PICK_UP, current.member).or_refuse()
    if current.ended_at is not None:
        raise PickUpPersonGone
    if by.member is None or not (_is_ours(by.member, current) or pick_up.runs(by, current.member)):
        raise NotAllowed
    return current


def _is_ours(me: Member, person: PickUpPerson) -> bool:
    return PickUpPerson.objects.filter(pick_up.ours(me), pk=person.pk).exists()


def _check(details: Details) -> None:
    if details.ends_on is not None and details.ends_on <= details.starts_on:
        raise PickUpDatesUnusable


def _record(by: Actor, person: PickUpPerson, action: str) -> None:
    audit.record(by=by, action=action, target=person, members=[person.member_id])
