"""The family's own side: accounts and the people in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.files import photo_name
from accounts.models.organizations import Organization


class Person(models.Model):
    """The personal fields that a Member (the family's truth) and a Client (an organisation's copy) share."""

    given_name = models.CharField(_("first name"), max_length=80)
    family_name = models.CharField(_("last name"), max_length=80, blank=True)
    preferred_name = models.CharField(_("goes by"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, help_text=_("E.164, as +14165550134."))
    born_on = models.DateField(_("birth date"), null=True, blank=True)
    address_line = models.CharField(_("street address"), max_length=160, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    region = models.CharField(_("province or state"), max_length=80, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)

    personal_fields: tuple[str, ...] = (
        "given_name",
        "family_name",
        "preferred_name",
        "email",
        "phone",
        "born_on",
        "address_line",
        "city",
        "region",
        "postal_code",
    )

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        """What the person is called in running text."""
        return self.preferred_name or self.given_name

    @property
    def initials(self) -> str:
        """Two letters for the avatar, one where there is no last name."""
        return (self.given_name[:1] + self.family_name[:1]).upper()


class Account(models.Model):
    """A family, or one adult. Global: the same account buys at several organisations."""

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, default="CA")
    kept_by = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="kept_accounts",
        null=True,
        blank=True,
        help_text=_("The organisation that runs a staff-made account until somebody claims it (RULES 1.3)."),
    )
    confirmed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("Until then nothing can be bought by the account itself (RULES 1.6)."),
    )
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ("name",)
    plain_fields = ("code", "country")

    def __str__(self) -> str:
        return self.name


class Member(Person):
    """A person in exactly one account: the family's own truth about them."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="members")
    user = models.OneToOneField(
        "accounts.User", on_delete=models.PROTECT, related_name="member", null=True, blank=True
    )
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    photo = models.FileField(upload_to=photo_name, max_length=100, blank=True)
    same_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="staff_made",
        null=True,
        blank=True,
        help_text=_("Whom the family says this staff-made person is (RULES 1.4): nobody's page shows them."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    personal_fields = (*Person.personal_fields, "photo")
    plain_fields = ("code",)

    class Meta:
        indexes = (models.Index(fields=["account", "id"], name="member_account"),)

    def __str__(self) -> str:
        return self.full_name


class AccountOwner(models.Model):
    """An adult member who runs the account. A composite key in the database keeps them in that account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="ownerships")
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="ownership")
    since = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    def __str__(self) -> str:
        return f"owner {self.member_id} of {self.account_id}"
