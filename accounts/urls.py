"""The pages of accounts, by audience. ``config.urls`` joins the lists into namespaces."""

from django.conf import settings
from django.urls import URLPattern, path

from accounts.views import claims, joining, languages, login_email, places, roles, security, styleguide
from accounts.views import public as views
from accounts.views import settings as settings_views
from accounts.views import staff as staff_views

staff: list[URLPattern] = [
    path("start/", places.start, name="start"),
    path("settings/", settings_views.settings_home, name="settings"),
    path("settings/organization/", settings_views.settings_organization, name="settings_organization"),
    path("settings/staff/", staff_views.staff_list, name="staff_list"),
    path("settings/staff/new/", staff_views.staff_new, name="staff_new"),
    path("settings/staff/<str:code>/", staff_views.staff_member, name="staff_member"),
    path("settings/staff/<str:code>/invite/", staff_views.staff_invite, name="staff_invite"),
    path("settings/staff/<str:code>/take-back/", staff_views.staff_revoke, name="staff_revoke"),
    path("settings/staff/<str:code>/deactivate/", staff_views.staff_deactivate, name="staff_deactivate"),
    path("settings/staff/<str:code>/reactivate/", staff_views.staff_reactivate, name="staff_reactivate"),
    path("settings/roles/", roles.roles, name="roles"),
    path("settings/roles/new/", roles.role_new, name="role_new"),
    path("settings/roles/<slug:key>/", roles.role, name="role"),
    path("settings/roles/<slug:key>/edit/", roles.role_edit, name="role_edit"),
    path("settings/roles/<slug:key>/restore/", roles.role_restore, name="role_restore"),
    path("settings/roles/<slug:key>/delete/", roles.role_delete, name="role_delete"),
]
portal: list[URLPattern] = []
public: list[URLPattern] = [
    path("", views.home, name="home"),
    path("o/<slug:org>/sign-up/", views.sign_up, name="sign_up"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path("o/<slug:org>/sign-up/sent/", views.signed_up, name="signed_up"),
    path("sign-up/sent/", views.signed_up, name="signed_up"),
    path("o/<slug:org>/logo/<str:version>/", settings_views.logo, name="logo"),
    path("join/<str:token>/", joining.join, name="join"),
    path("security/", security.security, name="security"),
    path("security/sessions/", security.session_list, name="sessions"),
    path("security/sessions/end/", security.session_end, name="session_end"),
    path("security/e-mail/", login_email.login_email, name="login_email"),
    path("security/e-mail/again/", login_email.email_again, name="login_email_again"),
    path("security/e-mail/keep/", login_email.email_keep, name="login_email_keep"),
    path("security/e-mail/stand-in/", login_email.email_stand_in, name="login_email_stand_in"),
    path("security/e-mail/<str:token>/", login_email.email_confirm, name="login_email_confirm"),
    path("language/", languages.choose_language, name="language"),
    path("claim/<str:token>/", claims.claim, name="claim"),
    path("claim/<str:token>/who/", claims.claim_people, name="claim_people"),
    path("claim/<str:token>/done/", claims.claim_done, name="claim_done"),
    path("claim/<str:token>/again/", claims.claim_again, name="claim_again"),
]
kiosk: list[URLPattern] = []

if settings.MODE != "production":
    public.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
