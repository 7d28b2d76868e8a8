"""``manage.py erase_account``: erase an account or one of its people, for good."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts import flows
from accounts.actors import Actor
from accounts.commands import TaughtCommand, progress_bar
from accounts.enums import PrivacyState
from accounts.errors import Refused
from accounts.models import Account, Member, PrivacyRequest
from accounts.operations import erasure
from accounts.privacy import showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Fate
from clients.models import Household
from clients.searching import fold
from relationships.operations import erasing

WORDS = {Fate.LATER: "kept until {until}, then erased", Fate.GOES: "goes", Fate.STAYS: "stays"}
BY = Actor.of_command("erase_account")


class Command(TaughtCommand):
    """Carry out an erasure that somebody asked for by letter, or that the law asks for."""

    help = (
        "Erase everything that is held about an account, or about one person of it, at every organisation and at "
        "Stripe. Names, addresses, photos, notes, mails, cards and logins go; rows, books and visits stay as "
        "numbers. It cannot be taken back. First it lists what goes, what stays and what is in the way, and asks "
        "for the name."
    )
    example = """
For example:

  manage.py erase_account 7KX2M9QRTB --dry-run           list what goes, and erase nothing
  manage.py erase_account 7KX2M9QRTB                     the account, with everybody in it
  manage.py erase_account harbour-lane/1042              the same, by its number at an organisation
  manage.py erase_account 7KX2M9QRTB --member 9QT4V7BKXM one person; find_account lists their codes
  manage.py erase_account 7KX2M9QRTB --yes               ask nothing

Nobody has to agree, so be sure who asks. What is in the way all the same is said with the way out: unpaid bills, a
payment under way, places held at checkout, the last owner of an account that goes on, a mark that keeps somebody
apart from them, a child's other guardian who did not agree. Killed half-way, it goes on by itself within minutes.
Exit status: 0 erased, 1 not found, refused or not confirmed, 2 the command was not understood, 3 erased here, and
tried again until Stripe answers.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "account", metavar="CODE_OR_NUMBER", help="the account's code, or organisation/number"
        )
        parser.add_argument("--member", metavar="CODE", help="this person only")
        parser.add_argument("--yes", action="store_true", help="do not ask for the name")
        parser.add_argument("--dry-run", action="store_true", help="say what goes, and erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        account = _account(options["account"])
        member = _member(account, options["member"])
        people = [member] if member else list(account.members.filter(erased_at__isnull=True).order_by("pk"))
        if not people:
            raise CommandError("Everybody in this account is erased already.")
        leaving = Leaving.of(account, people, is_whole=member is None, asker=None)
        self._tell(leaving, people)
        blockers = showing.blockers_of(leaving)
        for blocker in blockers:
            self.stderr.write(f"In the way: {blocker.text}")
        if blockers:
            raise CommandError("Nothing was erased. Settle this first.")
        if options["dry_run"]:
            self.stdout.write("Nothing was erased.")
            return
        if not options["yes"]:
            _confirm(member.full_name if member else account.name)
        self._erase(account, member)

    def _tell(self, leaving: Leaving, people: list[Member]) -> None:
        """Person by person, then the account's own."""
        for part in showing.parts_of(leaving, people):
            self.stdout.write(f"{part.member} ({part.member.code})" if part.member else "Besides")
            for fate, words in WORDS.items():
                for line in part.lines.get(fate, ()):
                    self.stdout.write(f"  {words.format(until=line.until)}: {line.text}")

    def _erase(self, account: Account, member: Member | None) -> None:
        try:
            request = _asked(account, member)
            flows.begin(request=request, by=BY)
        except Refused as refused:
            raise CommandError(f"Nothing was erased. {refused}") from refused
        with progress_bar("Erasing") as shown:
            task = shown.add_task("", total=None)
            request = flows.erase(
                request_id=request.pk,
                on_step=lambda done, total: shown.update(task, completed=done, total=total),
            )
        if request.state != PrivacyState.DONE:
            raise CommandError(
                f"Not all of it is erased yet ({request.last_error}). It goes on by itself every few minutes.",
                returncode=3,
            )
        self.stdout.write("Erased.")


def _account(text: str) -> Account:
    """By its code, or by its number at one organisation. Raises CommandError."""
    slug, slash, number = text.partition("/")
    if slash:
        households = Household.objects.filter(organization__slug=slug, merged_into__isnull=True)
        wanted = int(number) if number.isdecimal() and len(number) < 18 else 0
        household = households.filter(number=wanted).select_related("account").first()
        found = household.account if household else None
    else:
        found = Account.objects.filter(code__iexact=text).first()
    if found is None:
        raise CommandError(f"There is no account {text!r}. find_account looks for one.")
    if found.erased_at is not None:
        raise CommandError("This account is erased already, or being erased.")
    return found


def _member(account: Account, code: str | None) -> Member | None:
    """Who is meant; None for the whole account, also where they are alone in it. Raises CommandError."""
    if code is None:
        return None
    people = account.members.filter(erased_at__isnull=True).select_related("account")
    found = people.filter(code__iexact=code).first()
    if found is None:
        raise CommandError(
            f"Nobody with the code {code!r} is in this account. find_account lists its people."
        )
    return None if erasing.is_alone(account, found) else found


def _confirm(name: str) -> None:
    """The name, typed; anything else is a no. Raises CommandError."""
    try:
        typed = input(f"This cannot be taken back. To erase, type the name ({name}): ")
    except EOFError:
        typed = ""
    if fold(typed) != fold(name):
        raise CommandError("Nothing was erased: this is not the name. Where nobody can type, say --yes.")


def _asked(account: Account, member: Member | None) -> PrivacyRequest:
    """The operator's own request. One of the family's that still waits gives way to it."""
    waiting = erasure.open_ones().filter(account=account, member=member, state=PrivacyState.WAITING).first()
    if waiting is not None and waiting.requested_by is not None:
        erasure.take_back(by=BY, request=waiting)
    return erasure.ask(by=BY, account=account, member=member, due_at=timezone.now())
