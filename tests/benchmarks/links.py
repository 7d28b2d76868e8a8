"""The links between the families that the benchmarks run on."""

from relationships import models as relationships
from tests.benchmarks.filling import fill


def make(families: int, family: int, organization: int) -> None:
    """Each owner acts for a child of the next family, every third at ``organization`` only; a few are barred.

    ``family`` is how many people one has.
    """
    fill(
        relationships.ManagerLink,
        f"generate_series(1, {families}) AS n",
        id="n",
        code="'L' || lpad(n::text, 9, '0')",
        manager_id=f"(n - 1) * {family} + 1",
        dependent_id=f"(n % {families}) * {family} + 3",
        organization_id=f"CASE WHEN n % 3 = 0 THEN {organization} END",
        kind="'other'",
        starts_on="current_date - 100",
        view="true",
        book="n % 2 = 0",
    )
    fill(
        relationships.NoContact,
        f"generate_series(1, {families // 100}) AS n",
        code="'X' || lpad(n::text, 9, '0')",
        id="n",
        organization_id=str(organization),
        barred_id=f"(n * 50 - 1) * {family} + 1",
        protected_id=f"(n * 50 - 1) * {family} + 4",
        reason="'Court order'",
    )
