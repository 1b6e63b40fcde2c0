from django.urls import path

from recognition.api.views.clips import ClipApi, ClipAudioApi, ClipListApi

urlpatterns = [
    path("clips/", ClipListApi.as_view(), name="api-clips"),
    path("clips/<uuid:clip_id>/", ClipApi.as_view(), name="api-clip"),
    path("clips/<uuid:clip_id>/audio/", ClipAudioApi.as_view(), name="api-clip-audio"),
]
