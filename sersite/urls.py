from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from sersite.health import health

# The admin's own sign-in form would not be throttled; this one sends people to ours.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("recognition.urls")),
    path("api/", include("recognition.api.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
handler400 = "recognition.views.site.bad_request"
