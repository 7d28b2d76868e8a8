"""The pages of relationships, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern, path

from relationships.views import (
    activity,
    desk,
    desk_moves,
    erasure,
    joining,
    links,
    logins,
    moves,
    owners,
    pick_up,
    privacy,
    profile,
    safety,
    why,
)
from relationships.views import portal as views

staff: list[URLPattern] = [
    path("clients/<int:number>/relationships/", desk.client_links, name="client_links"),
    path("clients/<int:number>/relationships/new/", desk.client_sign_up, name="client_sign_up"),
    path(
        "clients/<int:number>/relationships/<slug:code>/", desk.client_link_change, name="client_link_change"
    ),
    path("clients/<int:number>/why/", why.client_why, name="client_why"),
    path("clients/<int:number>/move/", desk_moves.client_move, name="client_move"),
    path("moves/<slug:code>/", desk_moves.move, name="move"),
    path("clients/<int:number>/safety/", safety.client_safety, name="client_safety"),
    path("clients/<int:number>/safety/never-release/", safety.never_release_new, name="never_release_new"),
    path("clients/<int:number>/safety/no-contact/", safety.no_contact_new, name="no_contact_new"),
    path("safety/never-release/<slug:code>/", safety.never_release, name="never_release"),
    path(
        "safety/never-release/<slug:code>/photo.webp",
        safety.never_release_photo,
        name="never_release_photo",
    ),
    path("safety/pick-up/<slug:code>/photo.webp", safety.pick_up_photo, name="pick_up_photo"),
    path("safety/no-contact/", safety.no_contacts, name="no_contacts"),
    path("safety/no-contact/<slug:code>/", safety.no_contact, name="no_contact"),
    path("safety/no-contact/<slug:code>/document/", safety.no_contact_document, name="no_contact_document"),
]
portal: list[URLPattern] = [
    path("", views.home, name="home"),
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<str:code>/", profile.person, name="person"),
    path("people/<str:code>/edit/", profile.person_edit, name="person_edit"),
    path("people/<str:code>/sharing/", profile.person_sharing, name="person_sharing"),
    path("people/<str:code>/photo/", profile.person_photo, name="person_photo"),
    path("people/<str:code>/photo.webp", profile.person_picture, name="person_picture"),
    path("people/<str:code>/move/", moves.person_move, name="person_move"),
    path("people/<str:code>/pick-up/", pick_up.add, name="pick_up_add"),
    path("pick-up/<slug:code>/", pick_up.change, name="pick_up"),
    path("pick-up/<slug:code>/end/", pick_up.end, name="pick_up_end"),
    path("pick-up/<slug:code>/photo.webp", pick_up.photo, name="pick_up_photo"),
    path("moves/<slug:code>/", moves.move, name="move"),
    path("people/<str:code>/make-owner/", owners.make, name="owner_make"),
    path("who-can-do-what/", links.who_can_do_what, name="rights"),
    path("links/new/", links.link_new, name="link_new"),
    path("links/code/", links.link_code, name="link_code"),
    path("links/new/<slug:way>/", links.link_ask, name="link_ask"),
    path("links/requests/<slug:code>/", links.link_request, name="link_request"),
    path("links/<slug:code>/", links.link, name="link"),
    path("links/<slug:code>/end/", links.link_end, name="link_end"),
    path("people/<str:code>/login/", logins.invite, name="login_invite"),
    path("people/<str:code>/login/again/", logins.send_again, name="login_again"),
    path("people/<str:code>/login/take-back/", logins.take_back, name="login_take_back"),
    path("people/<str:code>/login/take-away/", logins.take_away, name="login_take_away"),
    path("people/<str:code>/login/rights/", logins.rights, name="login_rights"),
    path("account/", owners.account, name="account"),
    path("account/step-down/", owners.step_down, name="step_down"),
    path("activity/", activity.activity_page, name="activity"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/copies/<str:code>/", privacy.copy, name="privacy_copy"),
    path("privacy/copies/<str:code>/file/", privacy.copy_file, name="privacy_copy_file"),
    path("privacy/erase/", erasure.choose, name="erase"),
    path("privacy/erase/<str:code>/", erasure.show, name="erase_show"),
    path("privacy/erase/<str:code>/confirm/", erasure.confirm, name="erase_confirm"),
    path("privacy/erasure/<str:code>/", erasure.erasure_page, name="erasure"),
    path("privacy/erasure/<str:code>/agree/", erasure.agree, name="erasure_agree"),
    path("privacy/erasure/<str:code>/keep/", erasure.keep, name="erasure_keep"),
    path("privacy/erasure/<str:code>/take-back/", erasure.take_back, name="erasure_take_back"),
]
public: list[URLPattern] = [
    path("erased/", erasure.erased, name="erased"),
    path("own-login/<str:token>/", joining.open_login, name="login_open"),
]
kiosk: list[URLPattern] = []
