"""Which signatures hold: until they expire, and by a guardian until whom they signed for is of age (RULES 2.9)."""

from datetime import datetime
from typing import Any

from django.db.models import (
    DateField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from waivers.enums import Capacity
from waivers.models import Signature


def holding(at: datetime) -> QuerySet[Any]:
    """Signatures that hold at ``at``, in whichever organisation.

    What somebody else signed for a minor is asked anew of the adult: of age by the organisation's age, on its
    calendar, by its Client's birth date, as ``relationships.authority.is_adult`` has it (RULES 2.8).
    """
    birthday = Coalesce(
        "client__merged_into__born_on",
        "client__born_on",
        "client__merged_into__member__born_on",
        "client__member__born_on",
    )
    return (
        Signature.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))
        .alias(birthday=birthday, of_age=_of_age(at))
        .filter(Q(capacity=Capacity.SELF) | Q(birthday__isnull=True) | Q(birthday__gt=F("of_age")))
    )


def _of_age(at: datetime) -> Any:
    """The latest birth date of an adult there: so many years before the day on the organisation's wall."""
    wall = Func(F("organization__time_zone"), Value(at), function="timezone", output_field=DateTimeField())
    years = Func(
        F("organization__age_of_majority"),
        template="make_interval(years => %(expressions)s)",
        output_field=DurationField(),
    )
    return Cast(ExpressionWrapper(Cast(wall, DateField()) - years, output_field=DateTimeField()), DateField())
