"""The language somebody reads."""

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.transactions import operation


@operation
def choose(*, by: Actor, language: str) -> None:
    """From now on mails to this login come in ``language``, one of settings.LANGUAGES."""
    if by.user is None:
        raise NotAllowed
    by.user.language = language
    by.user.save(update_fields=["language"])
    audit.record(by=by, action="accounts.language_chosen", target=by.user, changes={"language": language})
