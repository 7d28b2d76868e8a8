"""Who is acting. Every operation takes ``by=``; there is no other way to know (no thread-locals)."""

from dataclasses import dataclass, replace
from typing import Any

from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import Member, Organization, Staff, User
from accounts.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever acts, where from, and for whom.

    ``request.actor`` is set by the decorators of ``accounts.access`` only.
    """

    kind: ActorKind
    user: User | None = None
    member: Member | None = None
    staff: Staff | None = None
    organization: Organization | None = None
    for_member: Member | None = None
    permissions: frozenset[Permission] = frozenset()
    name: str = ""
    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""

    @classmethod
    def of_command(cls, name: str) -> "Actor":
        """An operator's command."""
        return cls(kind=ActorKind.COMMAND, name=name)

    @classmethod
    def of_job(cls, name: str) -> "Actor":
        """A background job."""
        return cls(kind=ActorKind.JOB, name=name)

    @classmethod
    def of_webhook(cls, name: str) -> "Actor":
        """A message from a payment service or another system."""
        return cls(kind=ActorKind.WEBHOOK, name=name)

    @classmethod
    def of_member(cls, member: Member) -> "Actor":
        """Somebody of a family of whom is asked what they might do; nobody acts as this."""
        return cls(kind=ActorKind.PERSON, member=member)

    @property
    def key(self) -> str:
        """Tells actors apart in stored rows: kind and login, or the job's name."""
        return f"{self.kind.value}:{self.user.pk if self.user else self.name}"

    def acting_for(self, member: Member) -> "Actor":
        """The same actor, acting for ``member``."""
        return replace(self, for_member=member)

    def has(self, permission: Permission) -> bool:
        """Whether this actor's staff roles hold ``permission``; jobs, commands and webhooks hold all."""
        if self.kind in (ActorKind.JOB, ActorKind.COMMAND, ActorKind.WEBHOOK):
            return True
        return self.kind is ActorKind.STAFF and permission in self.permissions

    def needs(self, permission: Permission) -> None:
        """Raise NotAllowed unless ``has(permission)``."""
        if not self.has(permission):
            raise NotAllowed

    def audit_columns(self) -> dict[str, Any]:
        """The actor's part of an AuditEvent."""
        return {
            "actor_kind": self.kind,
            "actor_name": self.name,
            "user_id": self.user.pk if self.user else None,
            "actor_member_id": self.member.pk if self.member else None,
            "staff_id": self.staff.pk if self.staff else None,
            "for_member_id": self.for_member.pk if self.for_member else None,
            "ip": self.ip,
            "user_agent": self.user_agent[:200],
            "request_id": self.request_id,
        }
