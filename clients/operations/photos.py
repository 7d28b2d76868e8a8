"""The picture of a client: the family's, where it is shared, until staff set their own (F03, RULES 1.1).

``Client.photo`` names the file that is shown. It is the family's own file, unless ``staff_set`` has "photo":
then it is staff's, or empty where staff show none.
"""

from django.core.files.base import ContentFile
from django.db.models import Q
from django.db.models.fields.files import FieldFile

from accounts import audit, files
from accounts.actors import Actor
from accounts.errors import NotAllowed, PersonErased
from accounts.files import photo_name
from accounts.models import Account, Member
from accounts.operations import photos as family_photos
from accounts.transactions import operation
from clients.models import Client
from clients.operations import households
from clients.operations.admission import PHOTO, shared_fields


@operation
def set_photo(*, by: Actor, client: Client, picture: "ContentFile[bytes] | None") -> Client:
    """Show ``picture``, which ``accounts.pictures`` made, or none, whatever the family's own is.

    Without one, and without a picture of the family's to hide, the family's next one is followed. In an
    account that staff keep, it is the family's own that is set (RULES 1.3).
    """
    account = Account.objects.select_for_update().get(members=client.member_id)
    if account.kept_by_id == client.organization_id:
        family_photos.set_photo(by=by, member=client.member, picture=picture)
        return Client.objects.get(pk=client.pk)
    current = _locked(client)
    _discard_own(current)
    current.photo = picture or ""
    hides_theirs = PHOTO in shared_fields(current) and bool(current.member.photo)
    is_set = bool(picture) or hides_theirs
    current.staff_set = sorted({*current.staff_set, PHOTO} if is_set else {*current.staff_set} - {PHOTO})
    return _keep(by, current, "clients.photo_set" if picture else "clients.photo_hidden")


@operation
def take_theirs(*, by: Actor, client: Client) -> Client:
    """Show the family's own picture again. Raises NotAllowed if it is not shared."""
    current = _locked(client)
    if PHOTO not in shared_fields(current):
        raise NotAllowed
    _discard_own(current)
    current.photo = current.member.photo.name
    current.staff_set = [name for name in current.staff_set if name != PHOTO]
    return _keep(by, current, "clients.photo_followed")


def copied(file: FieldFile) -> str:
    """The name of a new file with the same picture; empty where there is none, or its file is gone."""
    if not file:
        return ""
    try:
        with file.open("rb") as opened:
            content = ContentFile(opened.read())
    except FileNotFoundError:
        return ""
    return str(file.storage.save(photo_name(None, ""), content))


def _locked(client: Client) -> Client:
    """The client under its lock; the family's side first, as when the family changes it."""
    Member.objects.select_for_update().get(pk=client.member_id)
    households.lock(Q(clients=client.pk))
    clients = Client.objects.select_for_update(of=("self",)).select_related("member", "organization")
    current = clients.get(pk=client.pk)
    if current.member.erased_at is not None:
        raise PersonErased
    return current


def _discard_own(client: Client) -> None:
    """Delete staff's file, and never the family's."""
    if PHOTO in client.staff_set and client.photo:
        files.discard(client.photo.storage, client.photo.name)


def _keep(by: Actor, client: Client, action: str) -> Client:
    client.save(update_fields=[PHOTO, "staff_set"])
    audit.record(
        by=by, action=action, target=client, organization=client.organization, members=[client.member_id]
    )
    return client
