from django.urls import path

from recognition.views import audio, clips, explanations, site

urlpatterns = [
    path("", site.landing, name="landing"),
    path("settings/", site.settings, name="settings"),
    path("models/<int:version_id>/", site.model_page, name="model"),
    path("clips/", clips.history, name="history"),
    path("clips/new/", clips.upload, name="upload"),
    path("clips/<uuid:clip_id>/", clips.clip_page, name="clip"),
    path("clips/<uuid:clip_id>/status/", clips.clip_status, name="clip-status"),
    path("clips/<uuid:clip_id>/audio/", audio.clip_audio, name="clip-audio"),
    path(
        "clips/<uuid:clip_id>/explanation/",
        explanations.clip_explanation,
        name="clip-explanation",
    ),
    path("clips/<uuid:clip_id>/retry/", clips.retry, name="clip-retry"),
    path("clips/<uuid:clip_id>/delete/", clips.delete, name="clip-delete"),
]
