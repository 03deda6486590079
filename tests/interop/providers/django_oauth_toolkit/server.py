"""Django OAuth Toolkit as its tutorial has it, mounted under /o/, with OpenID Connect switched on,
and with access tokens that a backend can verify by itself."""

import json
import os
import sys
import time
import uuid
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.utils import get_random_secret_key
from jwcrypto import jwk, jwt

# Django imports by name what settings name, and this file is not to run twice.
sys.modules.setdefault("server", sys.modules[__name__])

HERE = Path(os.environ["DATA"])
PORT = os.environ["PORT"]
ORIGIN = os.environ["ORIGIN"]
AUDIENCE = os.environ["AUDIENCE"]
REDIRECT_URL = os.environ["CALLBACK_URL"]
ISSUER = f"{ORIGIN}/o"

KEY = jwk.JWK.generate(kty="RSA", size=2048)
PEM = KEY.export_to_pem(private_key=True, password=None).decode()


LOGIN_PAGE = """
<form method="post">{% csrf_token %}{{ form.as_p }}<button type="submit">Log in</button></form>
"""


def access_token(request):
    """A JWT in the place of the opaque token; the backend asks nobody about it."""
    now = int(time.time())
    user = getattr(request, "user", None)
    claims = {
        "iss": ISSUER,
        "sub": str(user.pk) if user and user.pk else request.client.client_id,
        "aud": AUDIENCE,
        "client_id": request.client.client_id,
        "scope": " ".join(request.scopes or []),
        "iat": now,
        "exp": now + int(os.environ["ACCESS_TOKEN_LIFETIME"]),
        "jti": str(uuid.uuid4()),
    }
    token = jwt.JWT(
        header={"alg": "RS256", "typ": "at+jwt", "kid": KEY.thumbprint()}, claims=claims
    )
    token.make_signed_token(KEY)
    return token.serialize()


def refresh_token(request):
    from oauthlib.common import generate_token

    return generate_token()


class Registration:
    """Nobody may register, as by default, unless the operator of the tests opened it."""

    is_open = False

    def has_permission(self, request):
        from oauth2_provider.dcr import IsAuthenticatedDCRPermission

        return Registration.is_open or IsAuthenticatedDCRPermission().has_permission(request)


settings.configure(
    DEBUG=False,
    SECRET_KEY=get_random_secret_key(),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="server",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HERE / "db.sqlite3",
            "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"login.html": LOGIN_PAGE}),
                    "django.template.loaders.app_directories.Loader",
                ],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ]
            },
        }
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_URL="/accounts/login/",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OAUTH2_VALIDATOR_CLASS": "server.Validator",
        "OIDC_RSA_PRIVATE_KEY": PEM,
        "SCOPES": {"openid": "Who you are", "profile": "Your name", "email": "Your address"},
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ["ACCESS_TOKEN_LIFETIME"]),
        "ACCESS_TOKEN_GENERATOR": "server.access_token",
        "REFRESH_TOKEN_GENERATOR": "server.refresh_token",
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "DCR_ENABLED": True,
        "DCR_REGISTRATION_PERMISSION_CLASSES": ("server.Registration",),
    },
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from oauth2_provider.models import (  # noqa: E402
    AbstractApplication as A,
    get_access_token_model,
    get_application_model,
    get_refresh_token_model,
)
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402
from oauth2_provider.urls import metadata_urlpatterns  # noqa: E402


class Validator(OAuth2Validator):
    """ID tokens with a name in them; without this they have a number and nothing else."""

    def get_additional_claims(self):
        return {
            "preferred_username": lambda request: request.user.username,
            "email": lambda request: request.user.email,
        }


@csrf_exempt
def operate(request, act, name):
    """What the operator does in Django's admin pages."""
    people = get_user_model().objects
    refresh_tokens = get_refresh_token_model().objects
    if act == "create":
        people.create_user(name, f"{name}@company.test", request.POST["password"])
    elif act == "end":
        refresh_tokens.filter(user__username=name).delete()
        get_access_token_model().objects.filter(user__username=name).delete()
    elif act == "count":
        mine = refresh_tokens.filter(user__username=name, revoked__isnull=True)
        return JsonResponse({"count": mine.count()})
    elif act == "registration":
        Registration.is_open = name == "open"
    return HttpResponse(status=204)


urlpatterns = [
    path("operator/<str:act>/<str:name>", operate),
    path("accounts/login/", LoginView.as_view(template_name="login.html")),
    path("", include((metadata_urlpatterns, "root_metadata"))),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def create_application(client_id, **more):
    fields = {
        "client_type": A.CLIENT_PUBLIC,
        "authorization_grant_type": A.GRANT_AUTHORIZATION_CODE,
        "redirect_uris": REDIRECT_URL,
        "algorithm": A.RS256_ALGORITHM,
        "skip_authorization": True,
        **more,
    }
    get_application_model().objects.create(name=client_id, client_id=client_id, **fields)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    confidential = {"client_type": A.CLIENT_CONFIDENTIAL, "client_secret": os.environ["SECRET"]}
    create_application("mcp")
    create_application("mcp-consent", skip_authorization=False)
    create_application("mcp-confidential", **confidential)
    create_application(
        "mcp-service",
        **confidential,
        authorization_grant_type=A.GRANT_CLIENT_CREDENTIALS,
        redirect_uris="",
        algorithm=A.NO_ALGORITHM,
    )
    print(json.dumps({"port": PORT}), "ready", flush=True)
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False)
