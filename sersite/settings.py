"""Settings: each value that may differ between machines comes from the environment (see README)."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from sersite.env import (
    BASE_DIR,
    VAR_DIR,
    database_settings,
    development_secret_key,
    env_bool,
    env_choice,
    env_count,
    env_list,
    env_number,
    env_secret,
    env_text,
    server_url,
)
from sersite.logs import logging_settings

DEBUG = env_bool("DEBUG", False)
SITE_URL = env_text("SITE_URL", "http://localhost:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
SECRET_KEY = env_secret("SECRET_KEY")
if not SECRET_KEY:
    if HTTPS:
        raise ImproperlyConfigured("SECRET_KEY or SECRET_KEY_FILE must be set for a public site")
    SECRET_KEY = development_secret_key()

_host = urlsplit(SITE_URL).hostname or "localhost"
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", f"{_host},localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "sersite.urls"
WSGI_APPLICATION = "sersite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "recognition.apps.RecognitionConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sersite.middleware.HeadMiddleware",
    "sersite.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sersite.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "sersite.middleware.PersonalMiddleware",
]

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
    },
]

# The cache lies in the database, so that sign-in throttling works when Redis does not.
DATABASES = {
    "default": database_settings(
        server_url("DATABASE_URL", "database.url", "postgresql://nobody@127.0.0.1:1/sersite")
    )
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # throttles must not be forgotten early
    }
}

# Accounts
AUTH_USER_MODEL = "recognition.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "history"
ADMIN_PASSWORD_FILE = VAR_DIR / "admin-password"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env_choice(
    "EMAIL_VERIFICATION", "none", ("none", "optional", "mandatory")
)
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Visitors who try an example are throttled as those who try passwords are: by address.
EXAMPLES_PER_HOUR = env_count("EXAMPLES_PER_HOUR", 30)
ACCOUNT_RATE_LIMITS = {"example": f"{EXAMPLES_PER_HOUR}/h/ip"}
# where nobody proves an address, a second factor must not wait for that
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION != "mandatory"
MFA_TOTP_ISSUER = "sersite"
MFA_TOTP_TOLERANCE = 1  # in steps of 30 s: phones' clocks are off by seconds
# Behind exactly this many proxies X-Forwarded-For is believed, for throttling by address.
ALLAUTH_TRUSTED_PROXY_COUNT = env_count("TRUSTED_PROXIES", 0)

# Mail: printed to the console unless a server is named
EMAIL_HOST = env_text("EMAIL_HOST")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_PORT = env_count("EMAIL_PORT", 587)
EMAIL_HOST_USER = env_text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", f"sersite@{_host}")

# Transport security follows from the address people use
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked from inside the container, without TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = env_text("MEDIA_ROOT", str(VAR_DIR / "media"))  # never served as a folder
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "recognition.uploads.UploadGuard",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "recognition.uploads.DiskHandler",
]
UPLOAD_MAX_BYTES = int(env_number("UPLOAD_MAX_MB", 100) * 1_000_000)
UPLOAD_MAX_FILES = env_count("UPLOAD_MAX_FILES", 200)  # at once, also in a ZIP
UPLOAD_MAX_REQUEST_BYTES = int(env_number("UPLOAD_MAX_REQUEST_MB", 1000) * 1_000_000)
ZIP_MAX_BYTES = int(env_number("ZIP_MAX_MB", 500) * 1_000_000)
ZIP_MAX_UNPACKED_BYTES = int(env_number("ZIP_MAX_UNPACKED_MB", 1000) * 1_000_000)
DATA_UPLOAD_MAX_NUMBER_FILES = 10 * UPLOAD_MAX_FILES  # up to here the form explains the refusal
CLIP_MIN_DURATION_S = env_number("CLIP_MIN_DURATION_S", 0.3)
CLIP_MAX_DURATION_S = env_number("CLIP_MAX_DURATION_S", 600)

# Recognition
SHIPPED_MODEL = env_choice("SHIPPED_MODEL", "research", ("research", "permissive"))
RECOGNIZER_ENGINE = env_choice("RECOGNIZER_ENGINE", "onnx", ("onnx", "keras"))
RECOGNIZE_TIME_LIMIT_S = env_count("RECOGNIZE_TIME_LIMIT_S", 120)
# A clip that was queued this long ago and still waits is announced to the workers again.
REAP_QUEUED_AFTER_S = env_number("REAP_QUEUED_AFTER_S", 60)
REAP_EVERY_S = env_number("REAP_EVERY_S", 10)
MAX_ATTEMPTS = env_count("MAX_ATTEMPTS", 3)
# So long a deletion can be undone; then the reaper removes rows and files for good.
DELETE_UNDO_S = env_number("DELETE_UNDO_S", 600)

# Review: how many opinions a clip needs, and how long a reviewer holds it
REVIEW_OPINIONS = max(1, env_count("REVIEW_OPINIONS", 1))
REVIEW_CLAIM_S = env_number("REVIEW_CLAIM_S", 600)

# Default of --data for train and evaluate
CORPORA_DIR = env_text("CORPORA_DIR")

# So often a training on the newest corrections is begun; 0: only when somebody asks for one.
RETRAIN_EVERY_HOURS = env_count("RETRAIN_EVERY_HOURS", 0)

# What a Prometheus server shows to read /metrics; without one only signed-in staff may.
METRICS_TOKEN = env_secret("METRICS_TOKEN")

# Celery: the database says what has to be done, the broker only wakes workers
REDIS_URL = server_url("REDIS_URL", "redis.url", "redis://127.0.0.1:1/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    # in the order that a worker names its queues: what comes later waits for what comes before
    "queue_order_strategy": "priority",
}
# A request must not wait for a broker that is away: the reaper announces the clip later.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120  # a child loads the model before it takes work
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES = {
    "recognition.tasks.recognize_clip": {"queue": "recognize"},
    # somebody waits for a result, and what is drawn beside it may come after everybody's
    "recognition.tasks.explain_prediction": {"queue": "later"},
    "recognition.tasks.portray_clip": {"queue": "later"},
    "recognition.tasks.measure_agreement": {"queue": "later"},
    "recognition.tasks.shadow_clips": {"queue": "later"},
    "recognition.tasks.retrain": {"queue": "retrain"},
    "recognition.tasks.retrain_on_schedule": {"queue": "reap"},
    "recognition.tasks.collect_models": {"queue": "reap"},
    # short, and before all others, so that it never waits behind a backlog
    "recognition.tasks.reap_*": {"queue": "reap"},
}
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": f"recognition.tasks.{name}",
        "schedule": REAP_EVERY_S,
        "options": {"expires": 60 * REAP_EVERY_S},  # so that they don't pile up without a worker
    }
    for name in (
        "reap_clips",
        "reap_explanations",
        "reap_portraits",
        "reap_request_counts",
        "reap_agreements",
        "reap_expired_clips",
        "reap_deleted_clips",
        "reap_examples",
        "reap_idempotency_keys",
        "reap_trainings",
        "reap_uploads",
        "shadow_clips",
    )
}
CELERY_BEAT_SCHEDULE["collect_models"] = {
    "task": "recognition.tasks.collect_models",
    "schedule": 86_400,
    "options": {"expires": 3600},
}
if RETRAIN_EVERY_HOURS:
    CELERY_BEAT_SCHEDULE["retrain_on_schedule"] = {
        "task": "recognition.tasks.retrain_on_schedule",
        "schedule": 3600 * RETRAIN_EVERY_HOURS,
        "options": {"expires": 3600},
    }

# Labels as CSV in the admin: all rows or none; a spreadsheet must not run what a person wrote.
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
# between preview and import, and nothing stays in a folder of its own
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.CacheStorage"

# The API: how often it may be asked, by minute
API_PER_MINUTE = max(1, env_count("API_PER_MINUTE", 600))  # by one user, in whatever way
API_TOKEN_PER_MINUTE = max(1, env_count("API_TOKEN_PER_MINUTE", 300))
API_UPLOADS_PER_MINUTE = max(1, env_count("API_UPLOADS_PER_MINUTE", 60))
API_VISITORS_PER_MINUTE = max(1, env_count("API_VISITORS_PER_MINUTE", 60))  # by one address
KNOX_TOKEN_MODEL = "recognition.ApiToken"  # noqa: S105 - a name, no secret
MIGRATION_MODULES = {"knox": None}  # it has no table: the tokens are in ours
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "ser_", "TOKEN_TTL": None}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "recognition.api.authentication.TokenAuthentication",  # the first says how to sign in
        "recognition.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.MultiPartParser",
        "rest_framework.parsers.JSONParser",
    ],
    "DEFAULT_METADATA_CLASS": None,
    "DATETIME_FORMAT": None,  # as they are: in UTC, wherever who asks may be
    "DEFAULT_PAGINATION_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "recognition.api.errors.handle_exception",
    "DEFAULT_SCHEMA_CLASS": "recognition.api.schema.Schema",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "sersite",
    "DESCRIPTION": (
        "Speech emotion recognition: recordings in, what a network hears in them out, with a "
        "calibrated confidence. It tells what the model hears in a voice, not what a person "
        "feels.\n\nPrograms sign in with a token of the account page, in the header "
        "`Authorization: Bearer <your token>`. Lists come in pages: follow `next` until it is "
        "null. Every refusal has the same shape, with a `code` for programs and a `message` for "
        "people; what is 429 or 503 names in Retry-After when to ask again. Fields and parameters "
        "that there are not are refused, so that nothing misspelled goes unnoticed."
    ),
    "TAGS": [
        {"name": "clips", "description": "Recordings, and what a model hears in them."},
        {"name": "batches", "description": "Many recordings handed in at once."},
        {"name": "live updates", "description": "Server-sent events, told when it happens."},
        {"name": "corrections", "description": "What owners hear in their own clips."},
        {"name": "reviews", "description": "What reviewers hear in the clips of others."},
        {"name": "statistics", "description": "How your clips develop."},
        {"name": "models", "description": "The networks: their figures and their cards."},
        {"name": "account", "description": "What you chose, and what you may use."},
        {"name": "tokens", "description": "For programs that act for you."},
        {"name": "monitoring", "description": "How the site does, for its staff."},
        {"name": "registry", "description": "Where models came from, for the staff."},
        {"name": "shadow", "description": "What candidates hear unseen, for the staff."},
    ],
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "recognition.api.schema.share_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ClipStateEnum": "recognition.models.Clip.State",
        "DaysEnum": "recognition.api.schema.PERIODS",
        "EmotionEnum": "recognition.models.clips.EMOTION_CHOICES",
        "LinkDaysEnum": "recognition.api.serializers.shares.PERIODS",
        "WorkStateEnum": "recognition.api.serializers.work.WORK_STATES",
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each in its own words, for the switch
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logging_settings(env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")))
