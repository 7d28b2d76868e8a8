"""Once: a form sent twice is carried out one time (``accounts.submissions``)."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import NotAllowed, SubmissionChanged
from accounts.models import Account, Submission
from accounts.submissions import body_hash, carry_out, forget_old

pytestmark = pytest.mark.django_db
BY = Actor.of_command("test")


def send(once: str, by: Actor = BY, path: str = "/accounts/new/", name: str = "Okafor") -> str:
    """Send the form once; it makes an account."""

    def make_account() -> str:
        return f"/accounts/{Account.objects.create(name=name).pk}/"

    return carry_out(by=by, once=once, path=path, data={"name": [name], "once": [once]}, do=make_account)


def test_the_same_form_twice_is_carried_out_once_and_leads_to_the_same_place() -> None:
    once = str(uuid4())

    places = [send(once), send(once)]

    assert places == [f"/accounts/{Account.objects.get().pk}/"] * 2


def test_a_form_is_forgotten_after_seven_days() -> None:
    old, young = str(uuid4()), str(uuid4())
    send(old)
    send(young)
    Submission.objects.filter(once=old).update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    Submission.objects.filter(once=young).update(created_at=timezone.now() - timedelta(days=6, hours=23))

    assert (forget_old(), [str(each.once) for each in Submission.objects.all()]) == (1, [young])


def test_two_forms_are_two() -> None:
    send(str(uuid4()))
    send(str(uuid4()))

    assert Account.objects.count() == 2


@pytest.mark.parametrize(
    "changed", [{"name": "Other"}, {"path": "/elsewhere/"}, {"by": Actor.of_command("somebody else")}]
)
def test_another_body_page_or_actor_under_the_same_value_is_refused(changed: dict[str, str]) -> None:
    once = str(uuid4())
    send(once)

    with pytest.raises(SubmissionChanged):
        send(once, **changed)  # type: ignore[arg-type]
    assert Account.objects.count() == 1


@pytest.mark.parametrize("once", ["", "7", "no-uuid"])
def test_a_form_without_a_proper_value_is_refused(once: str) -> None:
    with pytest.raises(SubmissionChanged):
        send(once)


def test_a_form_that_failed_can_be_sent_again() -> None:
    once = str(uuid4())

    def fail() -> str:
        Account.objects.create(name="half-made")
        raise NotAllowed

    with pytest.raises(NotAllowed):
        carry_out(by=BY, once=once, path="/accounts/new/", data={}, do=fail)
    assert (Account.objects.count(), Submission.objects.count()) == (0, 0)

    send(once, name="Corrected")
    assert Account.objects.get().name == "Corrected"


def test_the_token_of_the_session_and_the_order_of_fields_do_not_change_a_body() -> None:
    one = {"a": ["1"], "b": ["2", "3"], "csrfmiddlewaretoken": ["x"], "once": ["y"]}

    assert body_hash(one) == body_hash({"b": ["2", "3"], "a": ["1"]})
    assert body_hash(one) != body_hash({"b": ["3", "2"], "a": ["1"]})
    assert body_hash({"a": ["1", "2"]}) != body_hash({"a": ["12"]})


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_account_and_both_get_the_same_answer() -> None:
    once, places, together = str(uuid4()), list[str](), threading.Barrier(6)

    def press() -> None:
        together.wait(timeout=20)
        try:
            places.append(send(once))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert places == [f"/accounts/{Account.objects.get().pk}/"] * 6
