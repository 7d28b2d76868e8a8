"""The people of an account, changed by the family itself (D02, A11)."""

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Account, Member
from accounts.operations import families, photos
from accounts.people import PersonFields
from accounts.transactions import operation
from relationships import authority
from relationships.enums import AccountPermission, FamilyPermission
from relationships.errors import MajorityWaits


@operation
def add(*, by: Actor, account: Account, person: PersonFields) -> Member:
    """Add somebody of any age to one's own account; needs no e-mail. Owners only: raises NotAllowed."""
    authority.may_run(by, AccountPermission.PEOPLE, account).or_refuse()
    return families.add_member(by=by, account=account, person=person)


@operation
def change(*, by: Actor, member: Member, person: PersonFields, seen: PersonFields | None = None) -> Member:
    """Set the family's own fields of ``member``; ``seen`` is what the writer had before them.

    Raises NotAllowed, ChangedMeanwhile, and MajorityWaits (RULES 2.8) for a birth date that would make a minor
    an adult or an adult a minor; the first birth date given may.
    """
    authority.may(by, FamilyPermission.EDIT_PROFILE, member).or_refuse()
    current = Member.objects.select_for_update(of=("self",)).select_related("account").get(pk=member.pk)
    adult_by = authority.adult_if_born_by(None, country=current.account.country)
    is_adult = person.born_on is not None and person.born_on <= adult_by
    if current.born_on is not None and is_adult != (current.born_on <= adult_by):
        raise MajorityWaits(
            _("This birth date makes a minor an adult, or the reverse. Ask a desk to change it with you.")
        )
    return families.change_member(by=by, member=current, person=person, seen=seen)


@operation
def set_photo(*, by: Actor, member: Member, picture: "ContentFile[bytes] | None") -> Member:
    """Give ``member`` a picture that ``accounts.pictures`` made, or none. Raises NotAllowed."""
    authority.may(by, FamilyPermission.EDIT_PROFILE, member).or_refuse()
    return photos.set_photo(by=by, member=member, picture=picture)
