"""The family's own picture of a person (A03, F03)."""

from django.core.files.base import ContentFile

from accounts import audit, files
from accounts.actors import Actor
from accounts.errors import PersonErased
from accounts.events import MemberChanged, emit
from accounts.models import Member
from accounts.transactions import operation


@operation
def set_photo(*, by: Actor, member: Member, picture: "ContentFile[bytes] | None") -> Member:
    """Give ``member`` a picture that ``accounts.pictures`` made, or none. The former file is deleted.

    Takes the member's row lock. Emits MemberChanged with ``photo``, unless there was none and will be none.
    Raises PersonErased.
    """
    current = Member.objects.select_for_update(of=("self",)).select_related("account").get(pk=member.pk)
    if current.erased_at is not None:
        raise PersonErased
    if picture is None and not current.photo:
        return current
    files.put(current, "photo", picture)
    current.save(update_fields=["photo"])
    audit.record(
        by=by,
        action="accounts.photo_set" if picture else "accounts.photo_removed",
        target=current,
        members=[current],
    )
    emit(MemberChanged(member=current, fields=("photo",), by=by))
    return current
