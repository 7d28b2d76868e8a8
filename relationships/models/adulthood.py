"""Coming of age: who was told of it, and what somebody decided (RULES 2.9)."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Member
from accounts.models.constraints import one_of
from relationships.enums import AgeStage, TakeOverChoice


class TakeOver(models.Model):
    """An adult takes their own affairs over, once. Rights never wait for this row: they are computed.

    ``from_account`` is the family that they came of age in. It is done in steps, and each that is done stays:
    the choice, what they grant to whom (``granted_at``), and the end (``done_at``).
    """

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="take_over")
    choice = models.CharField(max_length=8, choices=TakeOverChoice)
    from_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="take_overs", null=True, blank=True
    )
    chosen_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("choice", TakeOverChoice.values, "take_over_choice"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(granted_at__isnull=False), name="take_over_steps"
            ),
        )

    def __str__(self) -> str:
        return f"take-over {self.pk}"


class AgeNotice(models.Model):
    """That people were told of somebody's coming of age, each stage once (RULES 2.9).

    ``years`` is the age of majority it is about: an organisation's may differ from the account's country's.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="age_notices")
    years = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=3, choices=AgeStage)
    told_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("stage", AgeStage.values, "age_notice_stage"),
            models.UniqueConstraint(fields=["member", "years", "stage"], name="age_notice_once"),
        )

    def __str__(self) -> str:
        return f"age notice {self.pk}"
