from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path

from recognition.api.views.elsewhere import no_address
from sersite.health import health

# The admin's own sign-in form would not be throttled; this one sends people to ours.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("recognition.urls")),
    path("api/v1/", include("recognition.api.urls")),
    re_path("^api/", no_address, name="api-no-address"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
# those of the API are JSON, whatever went wrong
handler400 = "sersite.faults.bad_request"
handler500 = "sersite.faults.server_error"
