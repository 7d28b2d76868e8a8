"""What was signed by and for the people of a household (A16)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from accounts.registries import SettingsPage
from clients.models import Household
from clients.paging import TimePage, page_by_time
from clients.sections import HouseholdTab
from waivers.models import Signature

SECOND = timedelta(seconds=1)  # a signature ends as a day begins; its last day is the one before


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signature in a list; ``last_moment`` is of the last day on which it holds, None for good."""

    signature: Signature
    last_moment: datetime | None
    has_run_out: bool


def signed_in(household: Household, after: str, now: datetime) -> tuple[list[Signed], TimePage[Signature]]:
    """A page of what was signed, the newest first. One query."""
    signatures = Signature.objects.filter(client__household=household).select_related(
        "client", "version__document"
    )
    page = page_by_time(signatures, "signed_at", after=after)
    return [
        Signed(
            signature=row,
            last_moment=row.expires_at and row.expires_at - SECOND,
            has_run_out=row.expires_at is not None and row.expires_at <= now,
        )
        for row in page.rows
    ], page


documents = HouseholdTab(key="documents", order=40, title=_("Documents"), url_name="staff:account_documents")


kept = SettingsPage(
    key="documents",
    order=40,
    title=_("Waivers and forms"),
    about=_("For how many years what was signed is kept, though the person is erased."),
    url_name="staff:kept_documents",
    icon="document-check",
    permission=Permission.WAIVERS_EDIT,
)
