"""Signing in a form: one typed name a text, for everybody who needs it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list
from django import forms
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import AccountOwner, Member, Organization
from accounts.templatetags.kinroll import local_day
from relationships import authority
from relationships.enums import FamilyPermission
from waivers.errors import NameDoesNotMatch
from waivers.markdown import to_html
from waivers.models import Document, DocumentVersion
from waivers.operations.keeping import MOST_YEARS
from waivers.operations.signing import check_name
from waivers.requirements import Missing


@dataclass(frozen=True, kw_only=True)
class Group:
    """One text and everybody it is signed for. ``name`` is the form field that takes the signature."""

    version: DocumentVersion
    members: tuple[Member, ...]
    name: str
    heading: str
    field: Any = None

    @property
    def html(self) -> SafeString:
        """The text, as safe HTML."""
        return to_html(self.version.text)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What the form gives to ``waivers.operations.signing.sign``."""

    version: DocumentVersion
    members: tuple[Member, ...]
    typed_name: str


class SignForm(forms.Form):
    """Asks ``by.member`` to sign what is ``missing`` and theirs to sign.

    ``groups`` are the texts with their fields, ``others`` what somebody else must sign (an adult signs
    alone). A field is named after its text's hash, so that a text that changed meanwhile is asked anew.
    After ``is_valid``, ``signed`` holds what to sign.
    """

    def __init__(
        self, *args: Any, by: Actor, organization: Organization, missing: Sequence[Missing], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.signer, self.organization = by.member, organization
        self.missing = missing
        wanted = {item.member.pk for item in missing}
        allowed: set[int] = set()
        if wanted:
            mine = authority.subjects(by, FamilyPermission.SIGN, organization).filter(pk__in=wanted)
            allowed = set(mine.values_list("pk", flat=True))
        self.others = [item for item in missing if item.member.pk not in allowed]
        self._groups = self._grouped([item for item in missing if item.member.pk in allowed])
        for group in self._groups:
            field = forms.CharField(
                label=_("Type your full name to sign"),
                max_length=160,
                help_text=self._capacity(group.members),
                widget=forms.TextInput(attrs={"autocomplete": "name"}),
                error_messages={"required": _("Type your full name to sign.")},
            )
            self.fields[group.name] = field

    @property
    def groups(self) -> list[Group]:
        """The texts to sign, each with its bound field."""
        return [
            Group(
                version=group.version,
                members=group.members,
                name=group.name,
                heading=group.heading,
                field=self[group.name],
            )
            for group in self._groups
        ]

    @property
    def signed(self) -> list[Signed]:
        """The names typed, by text."""
        return [
            Signed(
                version=group.version, members=group.members, typed_name=str(self.cleaned_data[group.name])
            )
            for group in self._groups
        ]

    def clean(self) -> dict[str, Any]:
        """Every name is the signer's own."""
        answers = dict(super().clean() or self.cleaned_data)
        for group in self._groups:
            typed = answers.get(group.name)
            if typed and self.signer is not None:
                try:
                    check_name(self.signer, typed)
                except NameDoesNotMatch as error:
                    self.add_error(group.name, str(error))
        return answers

    def _grouped(self, missing: Sequence[Missing]) -> list[Group]:
        by_version: dict[DocumentVersion, list[Member]] = {}
        for item in missing:
            by_version.setdefault(item.version, []).append(item.member)
        return [
            Group(
                version=version,
                members=tuple(members),
                name=f"sign-{version.text_hash[:12]}-{version.document_id}",
                heading=self._heading(members),
            )
            for version, members in by_version.items()
        ]

    def _heading(self, members: Sequence[Member]) -> str:
        """Sign for Zuri and Toby; for yourself and Toby."""
        names = [member.short_name for member in members if member != self.signer]
        if len(names) < len(members):
            names.insert(0, _("yourself"))
        return _("Sign for %(names)s") % {"names": format_list(names, locale=get_language() or "en")}

    def _capacity(self, members: Sequence[Member]) -> str:
        """In what capacity, and today's date."""
        others = [member for member in members if member != self.signer]
        owned = AccountOwner.objects.filter(
            member=self.signer, account__in={member.account_id for member in others}
        )
        if not others:
            role = _("For yourself")
        elif owned.exists():
            role = _("As the account’s owner")
        else:
            role = _("As the legal guardian")
        day = local_day(timezone.now(), self.organization, "year")
        return _("%(role)s, %(day)s") % {"role": role, "day": day}


class KeptForm(forms.Form):
    """For how many years the signatures under one document are kept."""

    years = forms.IntegerField(
        label=gettext_lazy("Years after it was signed, or after it ran out"),
        min_value=0,
        max_value=MOST_YEARS,
        help_text=gettext_lazy("At 0 a signature goes with the person who is erased."),
    )

    def __init__(self, data: Any = None, *, document: Document) -> None:
        super().__init__(data, initial={"years": document.retention_years}, auto_id=f"id_%s_{document.pk}")
        self.document = document
