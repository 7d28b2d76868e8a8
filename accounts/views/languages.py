"""The switch of languages."""

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from accounts.access import PublicRequest, public_view
from accounts.operations import languages


@csrf_exempt  # it stands on pages that are the same for everybody, so without a form token
@require_POST
@public_view
def choose_language(request: PublicRequest) -> HttpResponse:
    """Keep the language in a cookie, and for somebody logged in as the language of their mails.

    A form of another site could change a stranger's cookie and nothing else: the session's cookie is not
    sent with it (SameSite).
    """
    language = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    user = request.actor.user
    if user is not None and language in dict(settings.LANGUAGES) and language != user.language:
        languages.choose(by=request.actor, language=language)
    return set_language(request)
