from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Telling people: the outbox, and what happens that somebody is told of."""

    name = "messaging"

    def ready(self) -> None:
        from accounts import events
        from messaging import (
            age_mails,
            erasing,
            erasure_mails,
            exports,
            family_handlers,
            handlers,
            link_mails,
            login_handlers,
            moves,
            pick_up_mails,
        )
        from relationships import events as links

        events.on(events.Invited, handlers.mail_invitation)
        events.on(events.SignedUp, handlers.mail_confirmation)
        events.on(events.SignUpRepeated, handlers.mail_login_exists)
        events.on(events.AccountClaimed, handlers.mail_claimed)
        events.on(events.ExportReady, handlers.mail_export_ready)
        events.on(events.AccountJoined, moves.mail_joined)
        events.on(links.MoveAsked, moves.mail_move_asked)
        events.on(links.MoveClosed, moves.mail_move_closed)
        events.on(events.MemberMoved, moves.mail_moved)
        events.on(events.ForgettingUnconfirmed, handlers.forget_mails)
        events.on(links.CameOfAge, age_mails.mail_coming)
        events.on(links.TakenOver, age_mails.mail_taken_over)
        events.on(links.TakeOverInvited, age_mails.mail_invited)
        events.on(links.LinkAsked, link_mails.mail_request)
        events.on(links.LinkAnswered, link_mails.mail_answer)
        events.on(links.LinkMade, link_mails.mail_made)
        events.on(links.LinkWaits, link_mails.mail_waiting)
        events.on(links.LinkEnded, link_mails.mail_ended)
        events.on(links.PickUpPersonAdded, pick_up_mails.mail_added)
        events.on(links.PickUpPersonChanged, pick_up_mails.mail_changed)
        events.on(links.PickUpPersonEnded, pick_up_mails.mail_ended)
        events.on(events.EmailChangeAsked, login_handlers.mail_change_asked)
        events.on(events.EmailChanged, login_handlers.mail_changed)
        events.on(events.LoginInvited, family_handlers.mail_login_invited)
        events.on(events.LoginOpened, family_handlers.mail_login_opened)
        events.on(events.LoginTakenAway, family_handlers.mail_login_taken_away)
        events.on(events.OwnerMade, family_handlers.mail_owner_made)
        events.on(events.OwnerSteppedDown, family_handlers.mail_owner_stepped_down)
        events.on(events.StaffInvited, handlers.mail_staff_invitation)
        exports.register()
        events.on(events.ErasureAsked, erasure_mails.mail_asked)
        events.on(events.ErasureTakenBack, erasure_mails.mail_taken_back)
        events.on(events.Erasing, erasure_mails.write_last_mails)
        events.on(events.Erased, erasure_mails.send_last_mails)
        erasing.register()
