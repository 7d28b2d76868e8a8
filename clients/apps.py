from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    """Accounts and members as one organisation sees them."""

    name = "clients"

    def ready(self) -> None:
        from accounts.events import (
            AccountClaimed,
            AccountJoined,
            AccountJoining,
            ForgettingUnconfirmed,
            MemberChanged,
            MemberMoved,
            MemberRecognised,
            OwnerMade,
            OwnerSteppedDown,
            SignedUp,
            on,
        )
        from accounts.permissions import Permission
        from accounts.registries import NavItem, Portrait, navigation, portraits
        from clients import erasing, exports, sentences
        from clients.merging import MergeRule, merging
        from clients.operations import activity, claims, following, moving
        from clients.portraits import for_staff
        from clients.sections import HouseholdTab, household_tabs

        erasing.register()
        merging.register(MergeRule(key="clients", order=10, edges=("clients.Memo.client",)))
        on(AccountClaimed, activity.note_claim)
        on(AccountJoining, claims.take_household)
        on(MemberRecognised, claims.recognise)
        on(AccountJoined, claims.settle_names)
        on(MemberChanged, following.follow)
        on(MemberMoved, moving.follow_move)
        on(SignedUp, following.begin_household)
        on(OwnerMade, following.follow_owners)
        on(OwnerSteppedDown, following.follow_owners)
        on(ForgettingUnconfirmed, following.forget_household)
        portraits.register(Portrait(key="staff", order=10, url=for_staff))
        household_tabs.register(
            HouseholdTab(key="members", order=10, title=_("Members"), url_name="staff:account")
        )
        navigation.register(
            NavItem(
                key="clients",
                order=20,
                audience="staff",
                label=_("Clients"),
                url_name="staff:clients",
                icon="users",
                permission=Permission.CLIENTS_READ,
            )
        )
        navigation.register(
            NavItem(
                key="accounts",
                order=30,
                audience="staff",
                label=_("Accounts"),
                url_name="staff:accounts",
                icon="home",
                permission=Permission.ACCOUNTS_READ,
            )
        )
        navigation.register(
            NavItem(
                key="activity",
                order=80,
                audience="staff",
                label=_("Activity"),
                url_name="staff:activity",
                icon="clock",
                permission=Permission.AUDIT_READ,
            )
        )
        exports.register()
        sentences.register()
