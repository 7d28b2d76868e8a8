"""The pages of clients, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern, path

from clients.views import account_list, account_pages, accounts, deeds, lists, photos, profiles

staff: list[URLPattern] = [
    path("clients/", lists.clients, name="clients"),
    path("clients/<int:number>/", profiles.client, name="client"),
    path("clients/<int:number>/edit/", profiles.client_edit, name="client_edit"),
    path("clients/<int:number>/take-theirs/", profiles.client_take_theirs, name="client_take_theirs"),
    path("clients/<int:number>/seen/", profiles.client_seen, name="client_seen"),
    path("clients/<int:number>/photo/", photos.client_photo_change, name="client_photo_change"),
    path("clients/<int:number>/photo.webp", photos.client_photo, name="client_photo"),
    path("clients/<int:number>/memos/", profiles.client_memos, name="client_memos"),
    path("clients/<int:number>/memos/star/", profiles.memo_star, name="memo_star"),
    path("accounts/", account_list.accounts, name="accounts"),
    path("accounts/new/", accounts.account_new, name="account_new"),
    path("accounts/new/e-mail/", accounts.account_email_check, name="account_email_check"),
    path("accounts/<int:number>/", account_pages.account, name="account"),
    path(
        "accounts/<int:number>/billing-contact/",
        account_pages.account_billing_contact,
        name="account_billing_contact",
    ),
    path("accounts/<int:number>/show-again/", account_pages.account_show_again, name="account_show_again"),
    path("accounts/<int:number>/people/add/", accounts.account_add_person, name="account_add_person"),
    path("accounts/<int:number>/invite/", accounts.account_invite, name="account_invite"),
    path(
        "accounts/<int:number>/take-invitation-back/",
        accounts.account_invitation_end,
        name="account_invitation_end",
    ),
    path("activity/", deeds.activity, name="activity"),
    path("activity/activity.csv", deeds.activity_file, name="activity_file"),
]
portal: list[URLPattern] = []
public: list[URLPattern] = []
kiosk: list[URLPattern] = []
