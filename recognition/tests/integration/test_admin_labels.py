"""Relabelling and accepting in the admin, by hand or from a CSV; all of it recorded."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from recognition.models import Clip, ReviewCase, Settlement, User
from recognition.services.correct import correct_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/recognition/clip/"


@pytest.fixture
def client(administrator: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(administrator)


@pytest.fixture
def consenting(owner: User) -> User:
    factories.consent(owner)
    owner.refresh_from_db()
    return owner


def act(client: Client, action: str, clips: list[Clip], **fields: str) -> str:
    """What the page says afterwards."""
    chosen = {"action": action, "_selected_action": [str(clip.pk) for clip in clips]}
    return client.post(LIST, chosen | fields, follow=True).content.decode()


def reviewed(clip: Clip) -> str:
    return Clip.objects.get(pk=clip.pk).reviewed_emotion


def test_it_relabels_many_at_once(client: Client, administrator: User, consenting: User) -> None:
    clips = [factories.done_clip(consenting) for _ in range(3)]
    page = act(client, "relabel", clips[:2], emotion="sad", reason="clearly heard")
    assert "2 clips were changed." in page
    assert [reviewed(clip) for clip in clips] == ["sad", "sad", ""]
    settlement = Settlement.objects.get(clip=clips[0])
    assert (settlement.how, settlement.by) == ("admin", administrator)
    assert settlement.reason == "clearly heard"
    assert ReviewCase.objects.get(clip=clips[0]).state == "settled"
    assert set(LogEntry.objects.values_list("object_id", "change_message")) == {
        (str(clip.pk), "relabel") for clip in clips[:2]
    }
    assert "label settled" in client.get("/admin/admin/logentry/").content.decode()
    User.objects.filter(pk=administrator.pk).update(language="de")
    assert "Einordnung geklärt" in client.get("/admin/admin/logentry/").content.decode()


def test_it_accepts_what_the_owner_corrected(client: Client, consenting: User) -> None:
    corrected, other = (factories.done_clip(consenting) for _ in range(2))
    correct_clip(consenting, corrected, "angry")
    page = act(client, "accept_correction", [corrected, other])
    assert "1 clip was changed. 1 were so already or had nothing to do." in page
    assert (reviewed(corrected), reviewed(other)) == ("angry", "")


def test_it_accepts_what_the_model_heard(client: Client, consenting: User) -> None:
    clip = factories.done_clip(consenting, emotion="fearful")
    act(client, "accept_model", [clip])
    assert reviewed(clip) == "fearful"


def test_the_same_again_settles_nothing_more(client: Client, consenting: User) -> None:
    clip = factories.done_clip(consenting)
    for _ in range(2):
        act(client, "relabel", [clip], emotion="sad")
    assert Settlement.objects.count() == 1


def test_it_opens_again_and_keeps_what_was_said(client: Client, consenting: User) -> None:
    clip = factories.done_clip(consenting)
    act(client, "relabel", [clip], emotion="sad")
    act(client, "reopen", [clip], reason="wrong clip")
    assert reviewed(clip) == ""
    assert ReviewCase.objects.get(clip=clip).state == "open"
    kept = Settlement.objects.values_list("emotion", "how", "reason")
    assert list(kept) == [("sad", "admin", ""), ("", "reopened", "wrong clip")]


@pytest.mark.parametrize(("action", "n_wanted"), [("ask_two", 2), ("ask_three", 3)])
def test_it_asks_for_several_opinions(
    client: Client, consenting: User, action: str, n_wanted: int
) -> None:
    clip = factories.done_clip(consenting)
    act(client, action, [clip])
    assert ReviewCase.objects.get(clip=clip).n_wanted == n_wanted


def test_without_consent_nothing_is_settled(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner)
    for action in ("relabel", "accept_model", "ask_two"):
        page = act(client, action, [clip], emotion="sad")
        assert "1 were left out" in page
    assert reviewed(clip) == ""
    assert not Settlement.objects.exists()


def test_without_an_emotion_it_relabels_nothing(client: Client, consenting: User) -> None:
    clip = factories.done_clip(consenting)
    assert "Choose an emotion" in act(client, "relabel", [clip])
    act(client, "relabel", [clip], emotion="bored")
    assert reviewed(clip) == ""


def test_whoever_may_only_look_settles_nothing(
    consenting: User, signed_in: Callable[[User], Client]
) -> None:
    staff = factories.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_clip"))
    clip, client = factories.done_clip(consenting), signed_in(staff)
    act(client, "relabel", [clip], emotion="sad")
    assert reviewed(clip) == ""
    assert client.get(f"{LIST}import/").status_code == 403


@pytest.mark.parametrize("person", ["owner", "reviewer", "stranger"])
@pytest.mark.parametrize("page", ["import/", "export/"])
def test_tables_are_closed_to_everybody_else(
    request: pytest.FixtureRequest, signed_in: Callable[[User], Client], person: str, page: str
) -> None:
    client = signed_in(request.getfixturevalue(person))
    assert client.get(f"{LIST}{page}").status_code in (302, 403)


@pytest.mark.parametrize(
    ("provenance", "n_clips"), [("reviewed", 1), ("corrected", 1), ("model", 1), ("", 4)]
)
def test_it_filters_by_whose_word_counts(
    client: Client, consenting: User, provenance: str, n_clips: int
) -> None:
    clips = [factories.done_clip(consenting) for _ in range(3)]
    factories.clip(consenting)
    correct_clip(consenting, clips[0], "sad")
    correct_clip(consenting, clips[1], "sad")
    act(client, "relabel", clips[:1], emotion="angry")
    response = client.get(LIST, {"provenance": provenance} if provenance else {})
    assert response.context["cl"].result_count == n_clips


def exported(client: Client, **filters: str) -> list[dict[str, str]]:
    response = client.get(f"{LIST}export/", filters)
    assert response["Content-Type"] == "text/csv"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_it_exports_labels_with_their_provenance(client: Client, consenting: User) -> None:
    clips = [factories.done_clip(consenting) for _ in range(3)]
    correct_clip(consenting, clips[1], "sad")
    act(client, "relabel", [clips[2]], emotion="angry", reason="=1+1")
    rows = {row["id"]: row for row in exported(client)}
    assert [rows[str(clip.pk)]["provenance"] for clip in clips] == [
        *("model", "corrected", "reviewed"),
    ]
    row = rows[str(clips[2].pk)]
    assert (row["emotion"], row["reviewed_emotion"]) == ("happy", "angry")
    assert (row["how"], row["by"]) == ("admin", "administrator")
    assert row["speaker"] == f"user:{consenting.pk}"
    assert not row["reason"].startswith("=")
    assert len(exported(client, provenance="reviewed")) == 1
    assert LogEntry.objects.filter(change_message__startswith="exported labels").count() == 2


def test_labels_of_who_consented_to_nothing_are_not_exported(
    client: Client, administrator: User, consenting: User, stranger: User
) -> None:
    trains, blocked = factories.user("trains"), factories.user("blocked", is_active=False)
    User.objects.filter(pk=trains.pk).update(training_consent_at=timezone.now())
    factories.consent(blocked)
    people = [consenting, trains, administrator, stranger, blocked]
    clips = [factories.done_clip(person) for person in people]
    assert {row["id"] for row in exported(client)} == {str(clip.pk) for clip in clips[:3]}


@pytest.mark.parametrize(("may", "status"), [("view_clip", 403), ("change_clip", 200)])
def test_whoever_may_only_look_exports_nothing(
    consenting: User, signed_in: Callable[[User], Client], may: str, status: int
) -> None:
    staff = factories.user("staff", is_staff=True)
    names = {"view_clip", may}
    staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert signed_in(staff).get(f"{LIST}export/").status_code == status


def table(*rows: tuple[str, ...]) -> SimpleUploadedFile:
    lines = [("id", "reviewed_emotion", "reason"), *rows]
    text = "\n".join(",".join(line) for line in lines)
    return SimpleUploadedFile("labels.csv", text.encode(), "text/csv")


def imported(client: Client, *rows: tuple[str, ...]) -> Any:
    """The preview, and what comes of it if it can be confirmed."""
    response = client.post(f"{LIST}import/", {"format": "0", "import_file": table(*rows)})
    form = response.context.get("confirm_form")
    if form is None:
        return response
    assert not Settlement.objects.exists()
    return client.post(f"{LIST}process_import/", form.initial, follow=True)


def test_it_imports_labels(client: Client, administrator: User, consenting: User) -> None:
    clips = [factories.done_clip(consenting) for _ in range(3)]
    page = imported(
        client,
        (str(clips[0].pk), "sad", "from the panel"),
        (str(clips[1].pk), "", ""),
    )
    assert "0 new, 1 updated" in page.content.decode()
    assert [reviewed(clip) for clip in clips] == ["sad", "", ""]
    settlement = Settlement.objects.get()
    assert (settlement.how, settlement.by) == ("imported", administrator)
    assert settlement.reason == "from the panel"
    assert LogEntry.objects.filter(object_id=str(clips[0].pk)).exists()


def test_what_was_exported_can_be_imported_and_changes_nothing(
    client: Client, consenting: User
) -> None:
    clips = [factories.done_clip(consenting) for _ in range(2)]
    act(client, "relabel", clips, emotion="angry", reason="heard")
    content = client.get(f"{LIST}export/").content
    upload = SimpleUploadedFile("labels.csv", content, "text/csv")
    response = client.post(f"{LIST}import/", {"format": "0", "import_file": upload})
    client.post(f"{LIST}process_import/", response.context["confirm_form"].initial)
    assert Settlement.objects.count() == 2


@pytest.mark.parametrize(
    ("emotion", "reason", "words"),
    [("bored", "", "none of the eight"), ("sad", "x" * 201, "201 characters")],
)
def test_a_wrong_row_stops_the_whole_table(
    client: Client, consenting: User, emotion: str, reason: str, words: str
) -> None:
    clips = [factories.done_clip(consenting) for _ in range(2)]
    rows = [(str(clips[0].pk), "sad", ""), (str(clips[1].pk), emotion, reason)]
    assert words in imported(client, *rows).content.decode()
    assert not Settlement.objects.exists()


def test_unknown_clips_and_clips_without_consent_stop_it(
    client: Client, stranger: User, consenting: User
) -> None:
    closed, gone = factories.done_clip(stranger), factories.done_clip(consenting)
    key = str(gone.pk)
    gone.delete()
    for clip_id, words in (
        (str(closed.pk), "did not consent"),
        (key, "There is no such clip"),
        ("nonsense", "nonsense"),
    ):
        assert words in imported(client, (clip_id, "sad", "")).content.decode()
    assert not Settlement.objects.exists()


def test_a_table_without_the_key_is_explained(client: Client) -> None:
    upload = SimpleUploadedFile("labels.csv", b"clip,emotion\n1,sad", "text/csv")
    response = client.post(f"{LIST}import/", {"format": "0", "import_file": upload})
    assert "id" in response.content.decode()
    assert response.context.get("confirm_form") is None


def test_the_audit_log_can_be_read(client: Client, consenting: User) -> None:
    act(client, "relabel", [factories.done_clip(consenting, name="seen.wav")], emotion="sad")
    for name in ("recognition/settlement", "recognition/clipaccess", "admin/logentry"):
        assert client.get(f"/admin/{name}/").status_code == 200
    page = client.get("/admin/admin/logentry/").content.decode()
    assert "seen.wav" in page
    entry = LogEntry.objects.get()
    assert client.post(f"/admin/admin/logentry/{entry.pk}/delete/").status_code == 403
