"""The models of accounts: the family's side, the organisation, its staff, and what was done."""

from accounts.models.email_changes import EmailChange
from accounts.models.families import Account, AccountOwner, Member, Person
from accounts.models.invitations import Invitation, StaffInvitation
from accounts.models.organizations import NumberCounter, Organization, Role, Staff
from accounts.models.privacy import PrivacyConsent, PrivacyRequest
from accounts.models.records import AuditEvent, Submission
from accounts.models.users import User

__all__ = [
    "Account",
    "AccountOwner",
    "AuditEvent",
    "EmailChange",
    "Invitation",
    "Member",
    "NumberCounter",
    "Organization",
    "Person",
    "PrivacyConsent",
    "PrivacyRequest",
    "Role",
    "Staff",
    "StaffInvitation",
    "Submission",
    "User",
]
