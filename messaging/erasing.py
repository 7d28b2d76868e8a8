"""Mails to and about people, erased; and what they are told of it themselves (RULES 4.4)."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.utils.translation import ngettext

from accounts.models import EmailChange, Invitation, Member, User
from accounts.privacy import erasing, showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Fate, Holding, Line
from clients.models import Client
from messaging.enums import MessageState
from messaging.models import AddressSuppression, Message

NOT_SENT = Case(
    When(state=MessageState.QUEUED, then=Value(MessageState.FAILED)), default=F("state")
)  # what was not sent yet tells of nobody any more


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    erasing.register(Message, _to_them, also={"state": NOT_SENT})
    erasing.register(
        Message, _about_them, name="about", fields=("context", "secret"), also={"state": NOT_SENT}, order=60
    )
    erasing.register(
        AddressSuppression,
        lambda leaving: AddressSuppression.objects.filter(address__in=addresses_of(leaving)),
        is_deleting=True,
    )
    showing.holdings.register(Holding(key="messaging", order=30, tell=tell))


def addresses_of(leaving: Leaving) -> set[str]:
    """Their e-mail addresses, in lower case, without those that somebody else has too (B09)."""
    own = Member.objects.filter(pk__in=leaving.members).values_list(Lower("email"))
    found = own.union(
        Client.objects.filter(member__in=leaving.members).values_list(Lower("email")),
        Invitation.objects.filter(member__in=leaving.members).values_list(Lower("email")),
        User.objects.filter(pk__in=leaving.lost_users).values_list(Lower("email")),
        EmailAddress.objects.filter(user__in=leaving.lost_users).values_list(Lower("email")),
        EmailChange.objects.filter(user__in=leaving.lost_users).values_list(Lower("old_email")),
        EmailChange.objects.filter(user__in=leaving.lost_users).values_list(Lower("new_email")),
    )
    theirs = {address for (address,) in found if address}
    shared = Member.objects.exclude(pk__in=leaving.members).filter(email__in=theirs)
    copied = Client.objects.exclude(member__in=leaving.members).filter(email__in=theirs)
    logins = User.objects.exclude(pk__in=leaving.lost_users).filter(email__in=theirs)
    others = (rows.values_list("email", flat=True) for rows in (shared, copied, logins))
    return theirs - {address.lower() for rows in others for address in rows}


def tell(leaving: Leaving) -> Iterator[Line]:
    """How many mails. One query and those of the addresses."""
    count = _to_them(leaving).count()
    if count:
        yield Line(
            fate=Fate.GOES,
            text=ngettext(
                "%(count)s mail, with its address and what it said",
                "%(count)s mails, with their addresses and what they said",
                count,
            )
            % {"count": count},
        )


def _to_them(leaving: Leaving) -> QuerySet[Message]:
    """To one of them, or to an address of theirs: but for the last ones, which go once they are sent."""
    to_them = Q(reader__in=leaving.members) | Q(reader__isnull=True, address__in=addresses_of(leaving))
    return Message.objects.filter(to_them).exclude(is_last=True, state=MessageState.QUEUED)


def _about_them(leaving: Leaving) -> QuerySet[Message]:
    """To somebody else, and telling of them too."""
    return Message.objects.filter(member_ids__overlap=list(leaving.members)).exclude(
        is_last=True, state=MessageState.QUEUED
    )
