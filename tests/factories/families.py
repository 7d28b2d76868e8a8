"""People, their accounts, logins and the organisations: rows of accounts, clients and relationships."""

from datetime import date, timedelta
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts import models as accounts
from accounts.numbers import next_number
from accounts.permissions import BUILT_IN
from clients import models as clients
from clients.enums import ClientStatus
from clients.searching import digits, fold
from relationships import models as relationships
from relationships.enums import LinkKind
from tests import pictures

PASSWORD = "a long enough password"


def years_ago(years: int, days: int = 0) -> date:
    """The birth date of somebody who turned ``years`` that many ``days`` ago (a month, unless told)."""
    today = timezone.now().date() - timedelta(days=days or 30)
    return date(today.year - years, today.month, min(today.day, 28))


def number(organization: accounts.Organization, kind: str) -> int:
    """The organisation's next number, in tests with and without a transaction."""
    with transaction.atomic():
        return next_number(organization, kind)


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Organization

    slug = factory.Sequence(lambda n: f"club-{n}")
    name = factory.Sequence(lambda n: f"Club {n}")
    time_zone = "America/Toronto"
    currency = "CAD"
    country = "CA"
    locale = "en_CA"


class UserFactory(DjangoModelFactory):
    """A login with a confirmed e-mail and ``PASSWORD``."""

    class Meta:
        model = accounts.User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person-{n}@mail.test")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        password = kwargs.pop("password", PASSWORD)
        return model_class.objects.create_user(*args, password=password, **kwargs)

    @factory.post_generation
    def confirmed(self: Any, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if create and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class StaffFactory(DjangoModelFactory):
    """Somebody who works at an organisation; ``roles`` are keys of built-in ones."""

    class Meta:
        model = accounts.Staff
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Staff {n}")

    @factory.post_generation
    def roles(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        for key in extracted or ():
            role, _made = accounts.Role.objects.get_or_create(
                organization=self.organization,
                key=key,
                defaults={"name": key.replace("-", " "), "permissions": sorted(BUILT_IN[key])},
            )
            self.roles.add(role)


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Account

    name = factory.Sequence(lambda n: f"Family {n}")
    confirmed_at = factory.LazyFunction(timezone.now)


class MemberFactory(DjangoModelFactory):
    """An adult; ``with_login=True`` gives a login, ``owner=True`` makes an owner of the account."""

    class Meta:
        model = accounts.Member
        skip_postgeneration_save = True

    class Params:
        with_login = factory.Trait(
            user=factory.SubFactory(UserFactory, email=factory.SelfAttribute("..email"))
        )

    account = factory.SubFactory(AccountFactory)
    given_name = factory.Sequence(lambda n: f"Given{n}")
    family_name = factory.Sequence(lambda n: f"Family{n}")
    email = factory.Sequence(lambda n: f"member-{n}@mail.test")
    born_on = factory.LazyFunction(lambda: years_ago(38))

    @factory.post_generation
    def owner(self: Any, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if extracted:
            accounts.AccountOwner.objects.create(account=self.account, member=self)


def photo(member: accounts.Member, content: bytes = b"") -> str:
    """Give ``member`` a picture, and their clients the same; its name."""
    made = ContentFile(content or pictures.plain((64, 64), form="WEBP"), name="picture.webp")
    member.photo.save("picture.webp", made)
    clients.Client.objects.filter(member=member).update(photo=member.photo.name)
    return str(member.photo.name)


class HouseholdFactory(DjangoModelFactory):
    class Meta:
        model = clients.Household

    organization = factory.SubFactory(OrganizationFactory)
    account = factory.SubFactory(AccountFactory)
    name = factory.LazyAttribute(lambda o: o.account.name)
    number = factory.LazyAttribute(lambda o: number(o.organization, "household"))


class ClientFactory(DjangoModelFactory):
    """``member`` as ``organization`` sees them: household found or made, personal fields copied."""

    class Meta:
        model = clients.Client

    organization = factory.SubFactory(OrganizationFactory)
    member = factory.SubFactory(MemberFactory)
    number = factory.LazyAttribute(lambda o: number(o.organization, "client"))
    status = ClientStatus.ACTIVE

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        member, organization = kwargs["member"], kwargs["organization"]
        if "household" not in kwargs:
            kwargs["household"] = clients.Household.objects.filter(
                organization=organization, account=member.account
            ).first() or HouseholdFactory(organization=organization, account=member.account)
        fields = {name: getattr(member, name) for name in accounts.Person.personal_fields}
        fields |= {"photo": member.photo.name} | kwargs
        name = f"{fields['family_name']} {fields['given_name']}"
        seen = f"{name} {fields['email']} {digits(fields['phone'])} {fields['number']}"
        fields.setdefault("sort_name", fold(name))
        fields.setdefault("search_text", fold(seen))
        return super()._create(model_class, *args, **fields)


class MemoFactory(DjangoModelFactory):
    class Meta:
        model = clients.Memo

    client = factory.SubFactory(ClientFactory)
    organization = factory.SelfAttribute("client.organization")
    text = factory.Sequence(lambda n: f"Memo {n}")


class ManagerLinkFactory(DjangoModelFactory):
    """A link that has begun and gives nothing but ``view``, unless told."""

    class Meta:
        model = relationships.ManagerLink

    manager = factory.SubFactory(MemberFactory)
    dependent = factory.SubFactory(MemberFactory)
    kind = LinkKind.OTHER
    starts_on = factory.LazyFunction(lambda: timezone.now().date() - timedelta(days=30))
    view = True


class NoContactFactory(DjangoModelFactory):
    class Meta:
        model = relationships.NoContact

    organization = factory.SubFactory(OrganizationFactory)
    barred = factory.SubFactory(MemberFactory)
    protected = factory.SubFactory(MemberFactory)
    reason = "Court order 12-345"


class MoveRequestFactory(DjangoModelFactory):
    """A request to move ``member`` to ``to_account``; with ``staff``, one that staff entered."""

    class Meta:
        model = relationships.MoveRequest

    member = factory.SubFactory(MemberFactory)
    from_account = factory.SelfAttribute("member.account")
    to_account = factory.SubFactory(AccountFactory)
    note = "Lives there now"
    document_note = factory.LazyAttribute(lambda o: "Court order 8-991" if getattr(o, "staff", None) else "")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


def pick_up_person(member: Any, added_by: Any, **more: Any) -> Any:
    """Somebody with a picture whom ``added_by`` named for picking ``member`` up, since a month ago."""
    named = {
        "name": "Ottoline Brook",
        "relation": "grandmother",
        "phone": "+14165550188",
        "starts_on": timezone.now().date() - timedelta(days=30),
    }
    person = relationships.PickUpPerson(member=member, added_by=added_by, **named | more)
    person.photo.save("", ContentFile(pictures.plain((64, 64), form="WEBP")), save=False)
    person.save()
    return person


def never_release(client: Any, **more: Any) -> Any:
    """A mark of staff with a picture: ``client`` is never released to somebody."""
    named = {
        "name": "Hollis Crane",
        "reason": "Police file 77–1/26",
        "description": "Red beard",
        "call": "Ingrid Vale",
    }
    mark = relationships.NeverRelease(organization=client.organization, client=client, **named | more)
    mark.photo.save("", ContentFile(pictures.plain((64, 64), form="WEBP")), save=False)
    mark.save()
    return mark


def no_contact_with_paper(organization: Any, protected: Any, barred: Any = None) -> Any:
    """A mark with a PDF; against somebody whom nobody else knows, unless told."""
    mark = NoContactFactory(
        organization=organization, protected=protected, **({"barred": barred} if barred else {})
    )
    mark.document.save("paper.pdf", ContentFile(b"%PDF-1.4 the order %%EOF"))
    return mark
