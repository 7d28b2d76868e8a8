"""What people are told about links (RULES 2.5, 2.10)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import letters
from messaging.models import Message
from relationships.enums import LinkKind
from relationships.operations import desk_links, links, requests
from relationships.operations.links import Terms
from tests import factories as make
from tests.cast import Cast
from tests.relationships.test_links import person, staff, terms

pytestmark = pytest.mark.django_db


def told() -> dict[str, str]:
    """By address, the text of the one mail to it; they are forgotten then."""
    mails = {message.address: letters.write(message).body for message in Message.objects.all()}
    assert len(mails) == Message.objects.count()
    Message.objects.all().delete()
    return {address: str(body) for address, body in mails.items()}


def test_who_is_asked_reads_what_for_and_who_asked_reads_the_answer_without_a_reason(cast: Cast) -> None:
    until = timezone.now().date() + timedelta(days=40)
    asked = terms("view", "pick_up", ends_on=until)
    request = requests.ask(by=person(cast.stranger), addressee=cast.owner, terms=asked, about="Zuri")
    assert request is not None
    mail = told()
    assert list(mail) == [cast.owner.email]
    for words in ("Sven Lindqvist", "Zuri", "– See schedule and bookings", "– Pick up", "It would end on"):
        assert words in mail[cast.owner.email]
    assert cast.stranger.address_line not in mail[cast.owner.email]

    link = requests.accept(
        by=person(cast.owner), request=request, dependent=cast.sibling, flags=["view", "pick_up"]
    )
    mail = told()
    assert set(mail) == {cast.stranger.email, cast.co_owner.email}
    assert "Amara Okafor accepted. For Zuri" in mail[cast.stranger.email]
    assert "For Sven Lindqvist and Zuri" in mail[cast.co_owner.email]
    links.end(by=person(cast.owner), link=link)
    assert set(told()) == {cast.stranger.email, cast.co_owner.email}


def test_owners_are_told_what_the_desk_has_linked_and_the_barred_are_not(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.rival, barred=cast.co_owner, protected=cast.child)
    desk_links.make(
        by=staff(cast.front_desk),
        manager=cast.client(cast.stranger),
        dependents=[cast.client(cast.child)],
        terms=Terms(kind=LinkKind.OTHER, flags=["view", "book"], starts_on=timezone.now().date()),
    )

    mail = told()
    assert set(mail) == {cast.owner.email, cast.stranger.email}
    assert "Riverside Recreation linked Sven Lindqvist with Toby" in mail[cast.owner.email]
    assert "– Book and cancel" in mail[cast.owner.email]


def test_the_owners_are_asked_for_what_waits(cast: Cast) -> None:
    link = make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, view=True)
    links.ask_for(by=person(cast.stranger), link=link, flags=["book"])

    mail = told()
    assert set(mail) == {cast.owner.email, cast.co_owner.email}
    assert "– Book and cancel" in mail[cast.owner.email]
