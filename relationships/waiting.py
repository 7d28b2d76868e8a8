"""What waits for the family itself: an answer to give, a birth date to add (P09)."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.db.models import Exists, F, OuterRef, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccountOwner, Member
from accounts.registries import ToDo, ToDos
from accounts.statements import Statement
from relationships import authority
from relationships.coming_of_age import grew_up_here
from relationships.erasing import to_answer
from relationships.family import Relative
from relationships.models import LinkRequest, MoveRequest, TakeOver

MOST = 5
_READER = Member(pk=-1, account_id=-2)  # a stand-in: accounts.statements

# What an answer is about: the sentence, why it matters, the page, and its icon.
ANSWERS: dict[str, tuple[str | Promise, str | Promise, str, str]] = {
    "link": (
        gettext_lazy("%(name)s asks to be linked with you"),
        gettext_lazy("Nothing counts until you answer: accept all of it, some of it, or none."),
        "portal:link_request",
        "user-plus",
    ),
    "move": (
        gettext_lazy("Shall %(name)s move to another account?"),
        gettext_lazy("Nothing happens until every owner has agreed."),
        "portal:move",
        "home",
    ),
    "erasure": (
        gettext_lazy("Something is to be erased that you have a say in"),
        gettext_lazy("See what it is, and answer."),
        "portal:erasure",
        "trash",
    ),
}


def load_answers(request: HttpRequest, members: Sequence[Member]) -> list[ToDo]:
    """Requests that the reader is to answer, of every kind. One query."""
    reader: Member = request.member  # type: ignore[attr-defined]
    if reader not in members:
        return []
    rows = _statement().fetch({_READER.pk: reader.pk, _READER.account_id: reader.account_id})
    return [_answer(*row) for row in rows[:MOST]]


def load_coming_of_age(request: HttpRequest, members: Sequence[Member]) -> list[ToDo]:
    """The reader's own take-over, where it waits to be begun or ended (RULES 2.9). One query."""
    reader: Member = request.member  # type: ignore[attr-defined]
    if reader not in members or reader.born_on is None:
        return []
    mine = TakeOver.objects.filter(member=OuterRef("pk"))
    owned = AccountOwner.objects.filter(member=OuterRef("pk"))
    row = Member.objects.filter(pk=reader.pk).values_list(
        Exists(owned), Exists(mine), Exists(mine.filter(done_at__isnull=True))
    )
    is_owner, has_begun, is_unfinished = row.get()
    came = grew_up_here(reader) and reader.born_on <= authority.adult_if_born_by(
        None, country=reader.account.country
    )
    if not is_unfinished and (has_begun or is_owner or not came or reader.account.kept_by_id is not None):
        return []
    return [
        ToDo(
            title=_("You are an adult now"),
            text=_("Decide how you go on, and what your family may still do for you."),
            url=reverse("portal:take_over"),
            action=_("Go on") if has_begun else _("Decide"),
            icon="cake",
        )
    ]


def own_account(reader: Member, family: Sequence[Relative]) -> Iterator[ToDo]:
    """What the account and its people still lack, from what the page has read already."""
    if reader.account.confirmed_at is None and reader.account.kept_by_id is None:
        yield ToDo(
            title=_("Confirm your e-mail address"),
            text=_("Until then nothing can be booked. We send the link again."),
            url=reverse("public:login_email"),
            action=_("Confirm it"),
            icon="envelope",
            kind="wait",
        )
    for each in family:
        if each.is_own and each.is_open and each.age is None:
            yield ToDo(
                title=_("When was %(name)s born?") % {"name": each.member.short_name},
                text=_("Most classes are for an age: without a birth date nobody can tell."),
                url=reverse("portal:person_edit", args=[each.member.code]) + "#id_born_on",
                action=_("Add the birth date"),
                icon="cake",
            )


@cache
def _statement() -> Statement:
    """Of each kind the first few: its key, code, and the name it is about."""
    links = LinkRequest.objects.to_answer(_READER).annotate(
        what=Value("link"), given=F("asker__given_name"), family=F("asker__family_name")
    )
    moves = MoveRequest.objects.to_answer(_READER).annotate(
        what=Value("move"), given=F("member__given_name"), family=F("member__family_name")
    )
    erasures = to_answer(_READER).annotate(what=Value("erasure"), given=Value(""), family=Value(""))
    parts: list[Any] = [
        each.values_list("what", "code", "given", "family")[:MOST] for each in (links, moves, erasures)
    ]
    return Statement.of(parts[0].union(*parts[1:], all=True))


def _answer(what: str, code: str, given: str, family: str) -> ToDo:
    title, text, name, icon = ANSWERS[what]
    return ToDo(
        title=str(title) % {"name": f"{given} {family}".strip()},
        text=str(text),
        url=reverse(name, args=[code]),
        action=_("Answer"),
        icon=icon,
        kind="wait",
    )


answers = ToDos(key="answers", order=10, load=load_answers)
coming_of_age = ToDos(key="coming_of_age", order=5, load=load_coming_of_age)
