"""All settings, from the environment where they differ between installations (docs/operations.md).

``KINROLL_MODE`` is ``demo`` (what ``make run`` sets), ``production`` or ``test``. In production every
secret comes from the environment and a missing one stops the start with a sentence.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config.environment import BASE_DIR, data_dir, local_ports, stored_secret
from config.postgres import cluster

env = environ.Env()

MODE = env.str("KINROLL_MODE", "demo")
if MODE not in ("demo", "production", "test"):
    raise ImproperlyConfigured(f'KINROLL_MODE is "{MODE}": it must be demo, production or test.')
IS_DEMO = MODE == "demo"
IS_PRODUCTION = MODE == "production"
IS_TEST = MODE == "test"
HAS_DEMO_DATA = env.bool("KINROLL_DEMO_DATA", True)  # whether the demo begins with people and classes
DEBUG = False  # never on under Granian


def _required(name: str, why: str) -> str:
    """A value that production must be given; elsewhere empty unless set."""
    value = str(env.str(name, ""))
    if IS_PRODUCTION and not value:
        raise ImproperlyConfigured(f"{name} is not set. In production it must be: {why}.")
    return value


def _secret(name: str, why: str) -> str:
    """A secret: from the environment, in the demo from a file made once, in tests a fixed one."""
    value = _required(name, why)
    if not value and IS_DEMO:
        return stored_secret(DATA_DIR, name.lower())
    return value or "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="


# Where this copy is and who it is

DATA_DIR = data_dir()
PORT = env.int("PORT", 8000)
_ports = local_ports(DATA_DIR) if IS_DEMO else {}
HOST = env.str("HOST", "127.0.0.1")
BASE_URL = _required("BASE_URL", "the address people use, as https://members.example.org") or (
    f"http://localhost:{PORT}"
)
SECRET_KEY = _secret("SECRET_KEY", "50 random characters that sign sessions and links")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# What encrypts secrets and sensitive answers at rest; former keys still decrypt.
FIELD_KEY = _secret("FIELD_KEY", "a Fernet key that encrypts sensitive answers and codes")
FIELD_KEY_FALLBACKS = env.list("FIELD_KEY_FALLBACKS", default=[])
try:
    MultiFernet([Fernet(key) for key in (FIELD_KEY, *FIELD_KEY_FALLBACKS)])
except ValueError as error:
    raise ImproperlyConfigured(f"FIELD_KEY or FIELD_KEY_FALLBACKS holds no Fernet key: {error}.") from None

_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else [*_LOCAL_HOSTS, "testserver"])
if IS_PRODUCTION and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = [BASE_URL.split("://")[-1].split("/")[0].rsplit(":", 1)[0]]
if IS_DEMO and HOST not in _LOCAL_HOSTS and "ALLOWED_HOSTS" not in env.ENVIRON:
    ALLOWED_HOSTS = ["*"]  # asked to listen beyond this machine, under a name we cannot know
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# What is installed

# Import order, foreign-key order and the order in which events are handled (docs/architecture.md).
KINROLL_APPS = ["accounts", "clients", "relationships", "messaging", "waivers", "billing", "scheduling"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "config.apps.OperatorAdminConfig",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "heroicons",
    "procrastinate.contrib.django",
    *(["django_linear_migrations"] if find_spec("django_linear_migrations") else []),  # development only
    *KINROLL_APPS,
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Forms take their markup from templates/django/forms (docs/look.md).
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# What is kept

# Without DATABASE_URL this is the embedded server; whoever starts a process sees that it runs.
_database_url = _required("DATABASE_URL", "postgres://user:password@host:5432/name") or cluster().url()
_database: dict[str, Any] = env.db_url_config(_database_url)
DATABASES = {
    "default": {
        **_database,
        "HOST": unquote(_database["HOST"] or ""),  # a Unix socket's folder comes quoted
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,
        # A pooled connection is asked for a sign of life before use: a restarted server costs no error.
        "CONN_HEALTH_CHECKS": not IS_TEST,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "pool": {
                "min_size": 1,
                "max_size": env.int("DATABASE_POOL_SIZE", 64 if IS_TEST else 12),
                "timeout": 10,
            },
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# "default" is shared by all processes (allauth counts log-in attempts there); "local" is each process's
# own memory, for what is costly to make and never wrong to make again.
_LOCAL_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "local",
    "TIMEOUT": 3600,
    "OPTIONS": {"MAX_ENTRIES": 20_000},
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kinroll_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    "local": _LOCAL_CACHE,
}
if IS_TEST:
    CACHES["default"] = _LOCAL_CACHE | {"LOCATION": "default"}

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files"), "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_TEST
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = IS_TEST
WHITENOISE_AUTOREFRESH = False

# Logging in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if IS_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "messaging.adapters.OutboxAccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.login_forms.LoginForm",
    "request_login_code": "accounts.login_forms.RequestLoginCodeForm",
    "reset_password": "accounts.login_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.login_forms.ResetPasswordKeyForm",
    "change_password": "accounts.login_forms.ChangePasswordForm",
    "reauthenticate": "accounts.login_forms.ReauthenticateForm",
    "set_password": "accounts.login_forms.SetPasswordForm",
}
MFA_FORMS = {
    "authenticate": "accounts.login_forms.AuthenticateForm",
    "reauthenticate": "accounts.login_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.login_forms.ActivateTotpForm",
    "add_webauthn": "accounts.login_forms.AddWebAuthnForm",
    "edit_webauthn": "accounts.login_forms.EditWebAuthnForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_PRODUCTION else "http"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}  # the others as allauth sets them
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Kinroll"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False  # log-ins are listed all the same; tracking costs three statements a page
ADMIN_PATH = env.str("ADMIN_PATH", "admin/").strip("/") + "/"

# Cookies and headers

# Browsers share cookies between the ports of a host: two demos side by side must not log each other out.
SESSION_COOKIE_NAME = f"kinroll_session_{PORT}" if IS_DEMO else "kinroll_session"
CSRF_COOKIE_NAME = f"kinroll_csrf_{PORT}" if IS_DEMO else "kinroll_csrf"
LANGUAGE_COOKIE_NAME = "kinroll_language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_PRODUCTION
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
    if env.bool("BEHIND_PROXY", False):  # only a proxy that always sets or strips the header
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# No inline script or style at all, so no nonces and no unsafe-*. Checkout and cards pages alone widen
# this for Stripe, by csp_override.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # data: is allauth's QR code for authenticator apps
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Mail

DEFAULT_FROM_EMAIL = _required(
    "DEFAULT_FROM_EMAIL", "the sender of mails, as Kinroll <mail@example.org>"
) or ("Kinroll <kinroll@demo.kinroll.test>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
_mail: dict[str, Any] = env.email_url_config(
    _required("EMAIL_URL", "the mail server, as smtp+tls://user:password@host:587")
    or f"smtp://127.0.0.1:{_ports.get('mail', 1025)}"
)
MAILERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": _mail["EMAIL_BACKEND"],
        "OPTIONS": {
            "host": _mail["EMAIL_HOST"],
            "port": _mail["EMAIL_PORT"],
            "username": _mail["EMAIL_HOST_USER"] or "",
            "password": _mail["EMAIL_HOST_PASSWORD"] or "",
            "use_tls": _mail.get("EMAIL_USE_TLS", False),
            "use_ssl": _mail.get("EMAIL_USE_SSL", False),
            "timeout": 20,
        },
    }
}
if IS_TEST:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

# Stripe: the real one, or in the demo and tests the local one (billing/devstripe)

STRIPE_SECRET_KEY = _required("STRIPE_SECRET_KEY", "the secret key of the Stripe account") or "sk_test_12345"
STRIPE_PUBLISHABLE_KEY = _required("STRIPE_PUBLISHABLE_KEY", "the publishable key of the Stripe account") or (
    "pk_test_12345"
)
STRIPE_WEBHOOK_SECRET = (
    _required("STRIPE_WEBHOOK_SECRET", "the signing secret of the Stripe webhook") or "whsec_demo"
)
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "https://api.stripe.com")
STRIPE_JS_URL = env.str("STRIPE_JS_URL", "https://js.stripe.com/v3/")
STRIPE_CONNECT_TIMEOUT = 3.0  # seconds
STRIPE_READ_TIMEOUT = 10.0
if IS_DEMO and "STRIPE_SECRET_KEY" not in env.ENVIRON:  # a command run beside the demo uses its Stripe
    STRIPE_API_BASE = f"http://127.0.0.1:{_ports.get('stripe', 12111)}"

# What is said about the running

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING" if IS_TEST else "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "procrastinate": {"level": env.str("LOG_LEVEL", "WARNING")},
    },
}

# Where a family lives that signs up at no organisation: how its phone numbers are read, when it is of age.
COUNTRY = env.str("COUNTRY", "CA")
# The installation's age of majority by country (RULES 1.6, 2.8); "" is for all others.
AGES_OF_MAJORITY = {"": 18, "KR": 19, "TH": 20, "NZ": 20, "SG": 21}
