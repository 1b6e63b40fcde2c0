from django.contrib.auth.decorators import login_not_required
from django.urls import path

from recognition.api.views import batches, clip_parts, many_clips, models, registry, reviews
from recognition.api.views.account import AccountApi, AccountDownloadApi
from recognition.api.views.agreement import AgreementApi
from recognition.api.views.clips import ClipApi, ClipCopyApi, ClipListApi
from recognition.api.views.corrections import ClipCorrectionsApi
from recognition.api.views.docs import RedocPage, SchemaApi, SwaggerPage
from recognition.api.views.live import BatchLiveApi, ClipLiveApi
from recognition.api.views.monitoring import MonitoringApi
from recognition.api.views.shared import SharedApi
from recognition.api.views.shares import ClipShareApi
from recognition.api.views.statistics import StatisticsApi
from recognition.api.views.tags import ClipTagApi, ClipTagsApi, TagListApi
from recognition.api.views.tokens import TokenApi, TokenListApi

urlpatterns = [
    path("schema/", SchemaApi.as_view(), name="api-schema"),
    path("docs/", login_not_required(SwaggerPage.as_view()), name="api-docs"),
    path("redoc/", login_not_required(RedocPage.as_view()), name="api-redoc"),
    path("account/", AccountApi.as_view(), name="api-account"),
    path("account/download/", AccountDownloadApi.as_view(), name="api-account-download"),
    path("tokens/", TokenListApi.as_view(), name="api-tokens"),
    path("tokens/<uuid:token_id>/", TokenApi.as_view(), name="api-token"),
    path("clips/", ClipListApi.as_view(), name="api-clips"),
    path("clips/<uuid:clip_id>/", ClipApi.as_view(), name="api-clip"),
    path("clips/<uuid:clip_id>/audio/", clip_parts.ClipAudioApi.as_view(), name="api-clip-audio"),
    path(
        "clips/<uuid:clip_id>/status/", clip_parts.ClipStatusApi.as_view(), name="api-clip-status"
    ),
    path("clips/<uuid:clip_id>/retry/", clip_parts.ClipRetryApi.as_view(), name="api-clip-retry"),
    path(
        "clips/<uuid:clip_id>/restore/",
        clip_parts.ClipRestoreApi.as_view(),
        name="api-clip-restore",
    ),
    path("clips/<uuid:clip_id>/tags/", ClipTagsApi.as_view(), name="api-clip-tags"),
    path("clips/<uuid:clip_id>/tags/<int:tag_id>/", ClipTagApi.as_view(), name="api-clip-tag"),
    path(
        "clips/<uuid:clip_id>/explanation/",
        clip_parts.ClipExplanationApi.as_view(),
        name="api-clip-explanation",
    ),
    path(
        "clips/<uuid:clip_id>/portrait/",
        clip_parts.ClipPortraitApi.as_view(),
        name="api-clip-portrait",
    ),
    path("clips/<uuid:clip_id>/copy/", ClipCopyApi.as_view(), name="api-clip-copy"),
    path("clips/<uuid:clip_id>/share/", ClipShareApi.as_view(), name="api-clip-share"),
    path(
        "clips/<uuid:clip_id>/corrections/",
        ClipCorrectionsApi.as_view(),
        name="api-clip-corrections",
    ),
    path("clips/deleted/", many_clips.DeletedClipsApi.as_view(), name="api-clips-deleted"),
    path("clips/selection/", many_clips.SelectionApi.as_view(), name="api-clips-selection"),
    path(
        "clips/export.<str:extension>", many_clips.ClipExportApi.as_view(), name="api-clips-export"
    ),
    path("tags/", TagListApi.as_view(), name="api-tags"),
    path("shared/<slug:token>/", SharedApi.as_view(), name="api-shared"),
    path("compare/", many_clips.CompareApi.as_view(), name="api-compare"),
    path("batches/", batches.BatchListApi.as_view(), name="api-batches"),
    path("batches/<uuid:batch_id>/", batches.BatchApi.as_view(), name="api-batch"),
    path(
        "batches/<uuid:batch_id>/table.csv", batches.BatchTableApi.as_view(), name="api-batch-table"
    ),
    path("batches/<uuid:batch_id>/retry/", batches.BatchRetryApi.as_view(), name="api-batch-retry"),
    path("reviews/", reviews.ReviewQueueApi.as_view(), name="api-reviews"),
    path("reviews/next/", reviews.ReviewNextApi.as_view(), name="api-review-next"),
    path("reviews/undo/", reviews.ReviewUndoApi.as_view(), name="api-review-undo"),
    path("reviews/release/", reviews.ReviewReleaseApi.as_view(), name="api-review-release"),
    path("reviews/agreement/", AgreementApi.as_view(), name="api-agreement"),
    path(
        "reviews/<uuid:clip_id>/answer/",
        reviews.ReviewAnswerApi.as_view(),
        name="api-review-answer",
    ),
    path("reviews/<uuid:clip_id>/", reviews.ReviewGiveApi.as_view(), name="api-review"),
    path(
        "reviews/<uuid:clip_id>/audio/", reviews.ReviewAudioApi.as_view(), name="api-review-audio"
    ),
    path("statistics/", StatisticsApi.as_view(), name="api-statistics"),
    path("models/", models.ModelListApi.as_view(), name="api-models"),
    path("models/<int:version_id>/", models.ModelApi.as_view(), name="api-model"),
    path("monitoring/", MonitoringApi.as_view(), name="api-monitoring"),
    path("registry/", registry.RegistryApi.as_view(), name="api-registry"),
    path("registry/difference/", registry.DifferenceApi.as_view(), name="api-registry-difference"),
    path(
        "registry/<int:version_id>/",
        registry.RegisteredApi.as_view(),
        name="api-registry-version",
    ),
    path("shadow/", registry.ShadowListApi.as_view(), name="api-shadows"),
    path("shadow/<int:version_id>/", registry.ShadowApi.as_view(), name="api-shadow"),
    path("clips/<uuid:clip_id>/live/", ClipLiveApi.as_view(), name="api-clip-live"),
    path("batches/<uuid:batch_id>/live/", BatchLiveApi.as_view(), name="api-batch-live"),
]
