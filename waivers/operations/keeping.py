"""How long an organisation must keep what was signed, though its people are erased (RULES 4.4)."""

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.permissions import Permission
from accounts.transactions import operation
from waivers.errors import YearsUnusable
from waivers.models import Document

MOST_YEARS = 30


@operation
def keep_signatures(*, by: Actor, document: Document, years: int) -> Document:
    """Keep signatures under ``document`` for ``years`` after they were given or ended; 0 lets them go with the person.

    Counts for what is signed already, too. Needs WAIVERS_EDIT; raises YearsUnusable.
    """
    by.needs(Permission.WAIVERS_EDIT)
    if by.organization is None or document.organization_id != by.organization.pk:
        raise NotAllowed
    if not 0 <= years <= MOST_YEARS:
        raise YearsUnusable
    current = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    if current.retention_years == years:
        return current
    current.retention_years = years
    current.save(update_fields=["retention_years"])
    audit.record(
        by=by,
        action="waivers.retention_set",
        target=current,
        organization=document.organization,
        changes={"years": years},
    )
    return current
