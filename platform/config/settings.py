"""Every setting, from environment variables with defaults that run on one machine with nothing installed."""

from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env
from web.finders import keep_flags_longer

ROOT = Path(__file__).resolve().parents[2]
# Everything that this installation writes: database, secret, uploads, the file broker.
DATA = Path(env.text("DATA_DIR", str(ROOT / "var")))

DEBUG = env.truth("DEBUG", False)
# The demonstration shows its mails on a page, lists its sign-ins and moves its day to now.
DEMO = env.truth("DEMO", False)
SECRET_KEY = env.secret("SECRET_KEY", kept_in=DATA / "secret-key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Where people reach this installation, for links in mails that no request asked for.
SITE_URL = env.text("SITE_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# One proxy in front, which sets X-Forwarded-For and X-Forwarded-Proto.
BEHIND_PROXY = env.truth("BEHIND_PROXY", False)

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "servestatic",
    "django.contrib.staticfiles",
    "django.forms",
    "channels",
    "django_countries",
    "i18nfield",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "config",
    "web",
    "files",
    "jobs",
    "mail",
    "outbox",
    "accounts",
    "conferences",
    "registration",
    "sessions.programme",
    "sessions.attendance",
    "sessions.questions",
    "sessions.reactions",
    "sessions.floor",
    "sessions.stage",
    "sessions.review",
    "realtime",
]

# All of them plain functions: config.pages runs a request in one thread. It serves static files before them.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "outbox.middleware.rights_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # A middleware only: the app would bring an htmx of its own among the static files; ours comes from npm.
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.address_pace_middleware",
    "web.middleware.NumbersMiddleware",
    "outbox.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "web.context.page",
                "outbox.tickets.on_page",
                "registration.context.people",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database, bus and cache
DATABASE_POOL_SIZE = env.whole("DATABASE_POOL_SIZE", 20)
DATABASES = {
    "default": env.database(env.text("DATABASE_URL"), sqlite_file=DATA / "sidang.sqlite3", pool_size=DATABASE_POOL_SIZE)
}
# Live frames go past the server's own `send` where that is proved to say the same (realtime.proof).
LIVE_DIRECT = env.truth("LIVE_DIRECT", True)
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "config.redis_cache.RedisCache", "LOCATION": REDIS_URL}}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# Background work: a job's row is the truth, the broker only wakes a worker
# Celery has a word of its own for a Redis on a unix socket.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://") or "filesystem://localhost//"
CELERY_BROKER_FOLDER = DATA / "broker"
if not REDIS_URL:
    for folder in ("in", "done", "control"):
        (CELERY_BROKER_FOLDER / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT = "config.file_broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # One folder for both directions: what one process sends, another takes.
        "data_folder_in": str(CELERY_BROKER_FOLDER / "in"),
        "data_folder_out": str(CELERY_BROKER_FOLDER / "in"),
        "processed_folder": str(CELERY_BROKER_FOLDER / "done"),
        "control_folder": str(CELERY_BROKER_FOLDER / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Mails that are printed are not log lines.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "put stale jobs back": {"task": "jobs.tasks.put_stale_jobs_back", "schedule": timedelta(seconds=15)},
    "send waiting mail": {"task": "mail.tasks.send_waiting", "schedule": timedelta(seconds=15)},
    "prune the log": {"task": "outbox.tasks.prune_log", "schedule": timedelta(minutes=10)},
    "sweep partial uploads": {"task": "files.tasks.sweep_partial_uploads", "schedule": timedelta(minutes=10)},
    "end films that are over": {"task": "sessions.review.tasks.end_films", "schedule": timedelta(seconds=2)},
    "cut what runs over": {"task": "sessions.floor.tasks.cut_what_runs_over", "schedule": timedelta(seconds=2)},
    "release late places": {"task": "registration.tasks.release_late_places", "schedule": timedelta(minutes=10)},
    "forget what is over": {
        "task": "registration.tasks.forget_what_is_over",
        "schedule": crontab(hour="2", minute="20"),
    },
}
if DEMO:
    CELERY_BEAT_SCHEDULE["keep the demonstration on"] = {
        "task": "sessions.programme.tasks.keep_demonstration_on",
        "schedule": timedelta(minutes=1),
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat-schedule")

# The log keeps a day; an older position gets a snapshot.
LOG_KEPT_FOR = timedelta(days=1)

# People
AUTH_USER_MODEL = "accounts.User"
# One door: the admin signs people in through the same pages, so that limits and second factors hold there too.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmEmailVerificationCodeForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "confirm_password_reset_code": "accounts.forms.ConfirmPasswordResetCodeForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.PasswordAgainForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "signup": "accounts.forms.SignupForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Codes are digits, which every keyboard has; mail scanners open links, but type no codes.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
# A mail may take minutes through a ministry's filters.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
# Strict for one account ("key"); one address, which a whole venue shares, is paced by accounts.middleware. At 20 codes
# an hour of three guesses each, a code of eight digits stands for about 190 years.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
    "request_login_code": "3/m/key,20/h/key",
    "signup": None,
    "confirm_email": "4/m/key,20/h/key",
    "reset_password": "3/m/key,20/h/key",
    "reset_password_from_key": None,
}
# Of a network, by people who are not signed in, within ten minutes: registration.views.public.
STRANGERS_FORMS = env.whole("STRANGERS_FORMS", 100)
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "activate_totp": "accounts.forms.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Sidang"
# One step of 30 s before and after: phones' clocks are not exact.
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": None}
# Passkeys need https, but for localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_URL.startswith("http://")

# Mail: every message is a row first (mail.models), sent by a worker through this one
EMAIL_BACKEND = "mail.backends.OutboxBackend"
EMAIL_HOST = env.text("EMAIL_HOST")
# Without a mail server the worker prints mails on its console; `check --deploy` warns of it. No mail of a
# demonstration, whose people are made up, leaves the machine.
MAIL_DELIVERY_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST and not DEMO else "mail.backends.ConsoleBackend"
)
EMAIL_TIMEOUT = 30
EMAIL_PORT = env.whole("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.truth("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Sidang <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where a person reads mail of those who need help; without it the sender's address, unless nobody reads that.
CONTACT_EMAIL = env.text("CONTACT_EMAIL")

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("id", _("Indonesian")), ("ar", _("Arabic"))]
LOCALE_PATHS = [ROOT / "platform" / "web" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Files
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA / "static")))
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "web.finders.NodePackageFinder",
]
# Front-end packages come through package.json; only these files of theirs are served, under static/vendor/.
NODE_FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "hls.js": "hls.js/dist/hls.min.js",
    "flags/": "country-flag-icons/3x2/",
    # Reads codes where a browser cannot by itself.
    "qr/decode.js": "qr/decode.js",
    "qr/index.js": "qr/index.js",
    # Files that arrive in parts; fetched once somebody chooses one.
    "tus.js": "tus-js-client/dist/tus.min.js",
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "web.storage.HashedFiles"
    },
}
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_USE_FINDERS = DEBUG
SERVESTATIC_ADD_HEADERS_FUNCTION = keep_flags_longer
# Never under a served folder: files leave only through a permission check (files.views).
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_PERMISSIONS = 0o600

# What a browser may do with our pages
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
        # Pictures of a session may come from any CDN that an organiser names.
        "connect-src": [SELF, "https:"],
        "media-src": [SELF, "https:", "blob:"],
        "worker-src": [SELF, "blob:"],
    }
}
HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_NAME = "sidang"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", 31_536_000 if HTTPS else 0)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "web.views.csrf_failure"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # nginx redirects to https, where there is one
    # Other names under the same domain, and lists built into browsers, are for the domain's owner to decide.
    "security.W005",
    "security.W021",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
