from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is sold, paid and owed."""

    name = "billing"

    def ready(self) -> None:
        from accounts.events import (
            AccountJoined,
            Erasing,
            ErasureBeginning,
            MemberMoved,
            MemberMoving,
            MemberRecognised,
            on,
        )
        from accounts.registries import navigation, portal_dashboard, portal_to_do, setting_locks
        from billing import erasing, exports, households, sections, sentences
        from billing.currency import fixed_currency
        from billing.operations import joining, leaving
        from clients.events import HouseholdJoins
        from clients.merging import MergeRule, merging
        from clients.sections import client_profile, household_columns, household_filters, household_tabs
        from clients.staying import staying
        from relationships.lending import loan_parts

        on(MemberMoving, leaving.lock_carts)
        on(MemberMoved, leaving.let_go)
        on(HouseholdJoins, joining.move_balance)
        on(MemberRecognised, joining.recognise_payer)
        on(AccountJoined, joining.take_customers)
        merging.register(MergeRule(key="billing", order=50, edges=("billing.InvoiceLine.client",)))
        on(ErasureBeginning, erasing.lock_carts)
        on(Erasing, erasing.let_go)
        erasing.register()
        navigation.register(sections.bills_page)
        portal_dashboard.register(sections.held_carts)
        portal_dashboard.register(sections.family_bills)
        portal_dashboard.register(sections.cards)
        portal_to_do.register(sections.due)
        client_profile.register(sections.client_bills)
        for tab in households.tabs:
            household_tabs.register(tab)
        household_columns.register(households.balance)
        household_filters.register(households.owes)
        for reason in households.reasons_to_stay:
            staying.register(reason)
        setting_locks.register(fixed_currency)
        loan_parts.register(sections.spent)
        exports.register()
        sentences.register()
