"""Coming of age: what somebody decided (RULES 2.9)."""

from django.db import models

from accounts.models import Member
from accounts.models.constraints import one_of
from relationships.enums import TakeOverChoice


class TakeOver(models.Model):
    """An adult took their own affairs over, once. Rights never wait for this row: they are computed."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="take_over")
    choice = models.CharField(max_length=8, choices=TakeOverChoice)
    chosen_at = models.DateTimeField()

    personal_fields = ()

    class Meta:
        constraints = (one_of("choice", TakeOverChoice.values, "take_over_choice"),)

    def __str__(self) -> str:
        return f"take-over {self.pk}"
