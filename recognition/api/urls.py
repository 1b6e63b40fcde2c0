from django.urls import path

from recognition.api.views.clips import ClipApi, ClipAudioApi, ClipListApi
from recognition.api.views.live import BatchLiveApi, ClipLiveApi

urlpatterns = [
    path("clips/", ClipListApi.as_view(), name="api-clips"),
    path("clips/<uuid:clip_id>/", ClipApi.as_view(), name="api-clip"),
    path("clips/<uuid:clip_id>/audio/", ClipAudioApi.as_view(), name="api-clip-audio"),
    path("clips/<uuid:clip_id>/live/", ClipLiveApi.as_view(), name="api-clip-live"),
    path("batches/<uuid:batch_id>/live/", BatchLiveApi.as_view(), name="api-batch-live"),
]
