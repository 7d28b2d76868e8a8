"""Requests to move somebody to another account, and what each owner answered (RULES 4.3)."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.codes import new_code
from accounts.models import Account, AccountOwner, Member, Organization, Staff
from accounts.models.constraints import one_of
from relationships.enums import MoveAnswerKind, MoveState
from relationships.models.no_contact import NoContact


class MoveRequestQuerySet(models.QuerySet["MoveRequest"]):
    """Requests that wait."""

    def waiting(self) -> Self:
        """Not carried out, refused, taken back or run out; the newest first."""
        return self.filter(state=MoveState.ASKED, expires_at__gt=timezone.now()).order_by("-pk")

    def to_answer(self, member: Member) -> Self:
        """Those of families that ``member`` is to answer, as an owner of either account."""
        owned = AccountOwner.objects.filter(member=member).values("account")
        leaving = Q(from_account__in=owned) & ~Q(
            asked_by=F("member")
        )  # an adult asks nobody whether to leave
        answered = MoveAnswer.objects.filter(request=OuterRef("pk"), owner=member)
        apart = NoContact.objects.active().filter(barred=member, protected=OuterRef("member"))
        found = self.waiting().filter(leaving | Q(to_account__in=owned), ~Exists(answered), ~Exists(apart))
        return found.filter(staff__isnull=True)


class MoveRequest(models.Model):
    """Somebody asks that ``member`` leaves ``from_account`` for another.

    ``to_account`` is null where nobody has the e-mail or code that was typed, which the asker is not told, and
    for a new account of the person's own (``is_to_own``). A family's request waits for the owners; one by
    ``staff`` of ``organization`` for a second staff member, and only where its author would benefit.
    """

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="move_requests")
    from_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="moves_out")
    to_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="moves_in", null=True, blank=True
    )
    is_to_own = models.BooleanField(default=False)
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="move_requests", null=True, blank=True
    )
    note = models.CharField(max_length=300, blank=True)
    document_note = models.CharField(max_length=300, blank=True)
    confirmed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    state = models.CharField(max_length=10, choices=MoveState, default=MoveState.ASKED)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = MoveRequestQuerySet.as_manager()

    personal_fields = ("note", "document_note")
    plain_fields = ("code",)
    erased_with = ("member", "asked_by")

    class Meta:
        constraints = (
            one_of("state", MoveState.values, "move_state"),
            models.CheckConstraint(
                condition=Q(staff__isnull=True, organization__isnull=True, asked_by__isnull=False)
                | Q(staff__isnull=False, organization__isnull=False),
                name="move_asked_by_family_or_staff",
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(state=MoveState.ASKED), name="move_open_once"
            ),
        )
        indexes = (
            models.Index(fields=["from_account"], condition=Q(state=MoveState.ASKED), name="move_from"),
            models.Index(fields=["to_account"], condition=Q(state=MoveState.ASKED), name="move_to"),
            models.Index(fields=["organization"], condition=Q(state=MoveState.ASKED), name="move_at"),
            models.Index(fields=["expires_at"], condition=Q(state=MoveState.ASKED), name="move_due"),
        )

    def __str__(self) -> str:
        return f"move request {self.code}"

    @property
    def is_open(self) -> bool:
        """It can still be answered."""
        return self.state == MoveState.ASKED and self.expires_at > timezone.now()


class MoveAnswer(models.Model):
    """What one owner said. An owner of the account that is left keeps a link to a minor, unless they decline."""

    request = models.ForeignKey(MoveRequest, on_delete=models.CASCADE, related_name="answers")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=10, choices=MoveAnswerKind)
    keeps_link = models.BooleanField(default=True)
    is_legal_guardian = models.BooleanField(default=False)
    answered_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("answer", MoveAnswerKind.values, "move_answer_kind"),
            models.UniqueConstraint(fields=["request", "owner"], name="move_answer_once"),
        )

    def __str__(self) -> str:
        return f"answer {self.pk}"
