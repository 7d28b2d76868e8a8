"""What waivers adds to an account's page, and to the settings: how long signatures are kept."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import not_done, see_other
from accounts.errors import Refused
from accounts.permissions import Permission
from clients import account_pages
from waivers.forms import KeptForm
from waivers.households import signed_in
from waivers.models import Document
from waivers.operations import keeping

KEPT = "waivers/staff/kept_documents.html"
MOST_DOCUMENTS = 100


@require_safe
@staff_view(Permission.ACCOUNTS_READ)
def account_documents(request: StaffRequest, number: int) -> HttpResponse:
    """Signed waivers of everybody in the household, the newest first, page by page (A16)."""
    household = account_pages.find(request, number)
    rows, page = signed_in(household, request.GET.get("after", ""), timezone.now())
    context = account_pages.frame_of(request, household, "documents") | {
        "rows": rows,
        "page": page,
        "kept": {},
    }
    return render(request, "waivers/staff/account_documents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.WAIVERS_EDIT)
def kept_documents(request: StaffRequest) -> HttpResponse:
    """For how many years each document's signatures are kept, though the person is erased (RULES 4.4)."""
    ours = Document.objects.filter(organization=request.organization)
    forms = {
        each.pk: KeptForm(document=each)
        for each in ours.order_by("is_retired", "title", "pk")[:MOST_DOCUMENTS]
    }
    if request.method != "POST":
        return render(request, KEPT, {"forms": forms.values()})
    sent = request.POST.get("document", "")
    document = get_object_or_404(ours, pk=int(sent) if sent.isdecimal() and len(sent) < 18 else 0)
    form = forms[document.pk] = KeptForm(request.POST, document=document)
    if form.is_valid():
        try:
            keeping.keep_signatures(by=request.actor, document=document, years=form.cleaned_data["years"])
        except Refused as refused:
            form.add_error("years", str(refused))
        else:
            messages.success(request, _("Saved for “%(title)s”.") % {"title": document.title})
            return see_other(request.path)
    return not_done(request, KEPT, {"forms": forms.values()})
