"""Who hears of what: the whole list, so that a new listener is seen in review."""

from accounts.events import event_map

LISTENERS = {
    "accounts.events.AccountClaimed": [
        "clients.operations.activity.note_claim",
        "messaging.handlers.mail_claimed",
    ],
    "accounts.events.AccountJoined": [
        "clients.operations.claims.settle_names",
        "messaging.moves.mail_joined",
        "billing.operations.joining.take_customers",
    ],
    "accounts.events.AccountJoining": ["clients.operations.claims.take_household"],
    "accounts.events.ExportReady": ["messaging.handlers.mail_export_ready"],
    "accounts.events.Erased": ["messaging.erasure_mails.send_last_mails"],
    "accounts.events.ErasureAsked": ["messaging.erasure_mails.mail_asked"],
    "accounts.events.ErasureBeginning": ["billing.erasing.lock_carts"],
    "accounts.events.ErasureDue": ["relationships.erasing.part"],
    "accounts.events.ErasureTakenBack": ["messaging.erasure_mails.mail_taken_back"],
    "accounts.events.Erasing": [
        "relationships.erasing.let_go",
        "messaging.erasure_mails.write_last_mails",
        "billing.erasing.let_go",
        "scheduling.erasing.let_go",
    ],
    "accounts.events.EmailChangeAsked": ["messaging.login_handlers.mail_change_asked"],
    "accounts.events.EmailChanged": ["messaging.login_handlers.mail_changed"],
    "accounts.events.ForgettingUnconfirmed": [
        "clients.operations.following.forget_household",
        "messaging.handlers.forget_mails",
    ],
    "accounts.events.Invited": ["messaging.handlers.mail_invitation"],
    "accounts.events.LoginInvited": ["messaging.family_handlers.mail_login_invited"],
    "accounts.events.LoginOpened": ["messaging.family_handlers.mail_login_opened"],
    "accounts.events.LoginTakenAway": ["messaging.family_handlers.mail_login_taken_away"],
    "accounts.events.MemberChanged": ["clients.operations.following.follow"],
    "accounts.events.MemberMoved": [
        "clients.operations.moving.follow_move",
        "messaging.moves.mail_moved",
        "billing.operations.leaving.let_go",
    ],
    "accounts.events.MemberMoving": ["billing.operations.leaving.lock_carts"],
    "accounts.events.MemberRecognised": [
        "clients.operations.claims.recognise",
        "billing.operations.joining.recognise_payer",
    ],
    "accounts.events.OwnerMade": [
        "clients.operations.following.follow_owners",
        "messaging.family_handlers.mail_owner_made",
    ],
    "accounts.events.OwnerSteppedDown": [
        "clients.operations.following.follow_owners",
        "messaging.family_handlers.mail_owner_stepped_down",
    ],
    "accounts.events.SignUpRepeated": ["messaging.handlers.mail_login_exists"],
    "accounts.events.SignedUp": [
        "clients.operations.following.begin_household",
        "messaging.handlers.mail_confirmation",
    ],
    "clients.events.HouseholdJoins": ["billing.operations.joining.move_balance"],
    "accounts.events.StaffInvited": ["messaging.handlers.mail_staff_invitation"],
    "clients.events.LeavingLists": ["scheduling.operations.expecting.keep_expected"],
    "relationships.events.CameOfAge": ["messaging.age_mails.mail_coming"],
    "relationships.events.TakenOver": ["messaging.age_mails.mail_taken_over"],
    "relationships.events.TakeOverInvited": ["messaging.age_mails.mail_invited"],
    "relationships.events.LinkAnswered": ["messaging.link_mails.mail_answer"],
    "relationships.events.LinkAsked": ["messaging.link_mails.mail_request"],
    "relationships.events.LinkEnded": ["messaging.link_mails.mail_ended"],
    "relationships.events.LinkMade": ["messaging.link_mails.mail_made"],
    "relationships.events.LinkWaits": ["messaging.link_mails.mail_waiting"],
    "relationships.events.MoveAsked": ["messaging.moves.mail_move_asked"],
    "relationships.events.MoveClosed": ["messaging.moves.mail_move_closed"],
    "relationships.events.PickUpPersonAdded": ["messaging.pick_up_mails.mail_added"],
    "relationships.events.PickUpPersonChanged": ["messaging.pick_up_mails.mail_changed"],
    "relationships.events.PickUpPersonEnded": ["messaging.pick_up_mails.mail_ended"],
}


def test_every_event_has_exactly_these_listeners() -> None:
    assert event_map() == LISTENERS
