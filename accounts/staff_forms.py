"""The forms for staff, their roles, and following an invitation."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.emails import MAX_LENGTH, check_address
from accounts.entry_forms import check_password, password_field
from accounts.errors import EmailUnusable
from accounts.forms import CleanTextField
from accounts.models import Role
from accounts.permission_words import ABOUT_ROLES, GROUPS
from accounts.permissions import ADMINISTRATOR, Permission


def _name(label: Any, length: int) -> CleanTextField:
    field = CleanTextField(
        label=label, max_length=length, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field.length = "medium"  # type: ignore[attr-defined]  # how long it looks (docs/look.md)
    return field


class EmailForm(forms.Form):
    """An address to write to. ``suggestion`` is the one that was probably meant."""

    email = CleanTextField(
        label=_("E-mail"),
        max_length=MAX_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suggestion = ""
        self.fields["email"].length = "long"  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """A usable address, or none where none is required."""
        text = self.cleaned_data["email"]
        if not text:
            return ""
        try:
            checked = check_address(text)
        except EmailUnusable as error:
            self.suggestion = error.suggestion
            raise forms.ValidationError(str(error)) from error
        self.suggestion = checked.suggestion or ""
        return checked.address


class StaffForm(forms.Form):
    """A name and roles. ``held`` is what the one who fills it in may do: a role with more cannot be chosen.

    Such a role that the person has already stays theirs, whatever is sent.
    """

    name = _name(_("Name"), 120)
    roles = forms.ModelMultipleChoiceField(
        label=_("Roles"),
        queryset=Role.objects.none(),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        roles: Iterable[Role],
        held: AbstractSet[Permission],
        given: Iterable[Role] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.all_roles, self.held = list(roles), held
        self.given = {role.pk for role in given}
        allowed = [role.pk for role in self.all_roles if role.held <= held]
        self.fields["roles"].queryset = Role.objects.filter(pk__in=allowed)  # type: ignore[attr-defined]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Every role as a tick-box: whether it is ticked, and whether it can be."""
        sent = self.data.getlist("roles") if self.is_bound else None  # type: ignore[attr-defined]
        return [
            {
                "role": role,
                "about": ABOUT_ROLES.get(role.key, ""),
                "may_choose": role.held <= self.held,
                "is_chosen": self._is_chosen(role, sent),
            }
            for role in self.all_roles
        ]

    def _is_chosen(self, role: Role, sent: list[str] | None) -> bool:
        if sent is None or not role.held <= self.held:
            return role.pk in self.given
        return role.key in sent

    @property
    def chosen(self) -> list[Role]:
        """The roles that were chosen, and those that were not to be touched."""
        picked = {role.pk for role in self.cleaned_data["roles"]}
        kept = {role.pk for role in self.all_roles if role.pk in self.given and not role.held <= self.held}
        return [role for role in self.all_roles if role.pk in picked | kept]


class NewStaffForm(StaffForm, EmailForm):
    """Somebody new: with an address they are invited, without one they are listed by name."""

    field_order = ("name", "email", "roles")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = False
        self.fields["email"].help_text = _(
            "The invitation goes here. Leave it empty for a coach who is only listed by name and never logs in."
        )

    def clean(self) -> dict[str, Any]:
        """Who logs in needs a role, or every page would be closed to them."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("email") and "roles" in cleaned and not cleaned["roles"]:
            self.add_error("roles", _("Choose at least one role: without one they could open nothing."))
        return cleaned


class RoleForm(forms.Form):
    """A role's name and what it may do. What ``held`` lacks can be neither given nor taken."""

    name = _name(_("Name of the role"), 80)
    permissions = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(permission.value, permission.value) for permission in Permission],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, held: AbstractSet[Permission], role: Role | None = None, **kwargs: Any
    ) -> None:
        if role is not None:
            kwargs["initial"] = {"name": role.name}
        super().__init__(*args, **kwargs)
        self.held = held
        self.before = role.held if role else frozenset[Permission]()
        self.is_whole = role is not None and role.key == ADMINISTRATOR

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Every permission as a tick-box with its sentence, in groups."""
        sent = self.data.getlist("permissions") if self.is_bound else None  # type: ignore[attr-defined]
        return [
            {
                "title": group.title,
                "rows": [
                    {
                        "words": words,
                        "may_choose": words.permission in self.held and not self.is_whole,
                        "is_chosen": self._is_chosen(words.permission, sent),
                    }
                    for words in group.words
                ],
            }
            for group in GROUPS
        ]

    def _is_chosen(self, permission: Permission, sent: list[str] | None) -> bool:
        if sent is None or permission not in self.held or self.is_whole:
            return permission in self.before
        return permission.value in sent

    @property
    def chosen(self) -> frozenset[Permission]:
        """What was chosen, and what was not to be touched."""
        picked = frozenset(Permission(value) for value in self.cleaned_data["permissions"])
        return (picked & self.held) | (self.before - self.held)


class JoinForm(forms.Form):
    """The password of a new login."""

    password = password_field()

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """The password against the rules, and against the e-mail."""
        cleaned = super().clean() or self.cleaned_data
        check_password(self, self.email)
        return cleaned
