"""Rows of waivers."""

from hashlib import sha256

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories.families import ClientFactory, OrganizationFactory
from waivers import models as waivers
from waivers.enums import Capacity, Frequency


class DocumentFactory(DjangoModelFactory):
    class Meta:
        model = waivers.Document

    organization = factory.SubFactory(OrganizationFactory)
    title = factory.Sequence(lambda n: f"Waiver {n}")


class DocumentVersionFactory(DjangoModelFactory):
    """A published text."""

    class Meta:
        model = waivers.DocumentVersion

    document = factory.SubFactory(DocumentFactory)
    organization = factory.SelfAttribute("document.organization")
    number = factory.LazyAttribute(
        lambda o: waivers.DocumentVersion.objects.filter(document=o.document).count() + 1
    )
    text = factory.Sequence(lambda n: f"Taking part is at your own risk, {n}.")
    text_hash = factory.LazyAttribute(lambda o: sha256(o.text.encode()).hexdigest())
    published_at = factory.LazyFunction(timezone.now)


class RequirementFactory(DjangoModelFactory):
    """A document that takes part must have signed each year; it has no version until one is made."""

    class Meta:
        model = waivers.Requirement

    document = factory.SubFactory(DocumentFactory)
    organization = factory.SelfAttribute("document.organization")
    frequency = Frequency.YEARLY


class SignatureFactory(DjangoModelFactory):
    class Meta:
        model = waivers.Signature

    version = factory.SubFactory(DocumentVersionFactory)
    organization = factory.SelfAttribute("version.organization")
    client = factory.SubFactory(ClientFactory, organization=factory.SelfAttribute("..organization"))
    signer = factory.SelfAttribute("client.member")
    capacity = Capacity.SELF
    typed_name = factory.LazyAttribute(lambda o: o.signer.full_name)
    signed_at = factory.LazyFunction(timezone.now)
