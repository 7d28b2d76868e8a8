"""What the actions of relationships are called in the activity pages."""

from django.utils.translation import gettext_lazy as _

from accounts.activity import Topic, say


def register() -> None:
    """Called once, when the apps are ready."""
    say(
        Topic.PEOPLE,
        {
            "relationships.owner_made": _("Somebody became an owner of the account"),
            "relationships.owner_stepped_down": _("An owner stepped down"),
            "relationships.self_rights_set": _("What a minor may do alone was changed"),
            "relationships.move_asked": _("Somebody asked to move a person to another account"),
            "relationships.move_agreed": _("An owner agreed that a person moves"),
            "relationships.move_declined": _("A move to another account was declined"),
            "relationships.move_withdrawn": _("A request to move a person was taken back"),
            "relationships.move_lapsed": _("A request to move a person ran out"),
            "relationships.move_ordered": _("Staff moved a person with a document"),
            "relationships.move_confirmed": _("A second staff member confirmed a move"),
            "relationships.coming_of_age_told": _("The family was told when somebody comes of age"),
            "relationships.taken_over": _("Somebody who came of age took their own affairs over"),
            "relationships.take_over_invited": _("Staff sent the invitation to take over again"),
            "relationships.export_asked": _("A copy of everything held was asked for"),
            "relationships.export_made": _("A copy of everything held was made"),
            "relationships.export_fetched": _("A copy of everything held was downloaded"),
            "relationships.export_written": _("An operator made a copy of everything held"),
            "relationships.export_failed": _("A copy of everything held could not be made"),
        },
    )
    say(
        Topic.LINKS,
        {
            "relationships.code_shown": _("A code for linking was made"),
            "relationships.link_requested": _("Somebody asked to be linked"),
            "relationships.link_request_withdrawn": _("A request to be linked was taken back"),
            "relationships.link_accepted": _("A request to be linked was accepted"),
            "relationships.link_declined": _("A request to be linked was declined"),
            "relationships.link_made": _("A link was made"),
            "relationships.link_changed": _("A link was changed"),
            "relationships.link_ended": _("A link was ended"),
            "relationships.link_asked_for": _("More rights were asked for"),
            "relationships.link_confirmed": _("Rights that waited were given"),
            "relationships.link_waiting_refused": _("Rights that waited were refused"),
            "relationships.pick_up_added": _("Somebody was added to who may pick up"),
            "relationships.pick_up_changed": _("Who may pick up was changed"),
            "relationships.pick_up_ended": _("Somebody was taken off the list of who may pick up"),
            "relationships.guardian_attested": _("Staff attested that somebody is a legal guardian"),
        },
    )
    say(
        Topic.LINKS,
        {
            "relationships.never_release_recorded": _("Staff recorded to whom somebody is never released"),
            "relationships.never_release_lifted": _("Staff lifted a never-release mark"),
            "relationships.no_contact_recorded": _("Staff recorded that people must be kept apart"),
            "relationships.no_contact_lifted": _("Staff lifted a no-contact mark"),
            "relationships.no_contact_document_read": _("Staff opened the document of a no-contact mark"),
        },
        is_for_family=False,  # never told (RULES 2.1, 2.11)
    )
