"""One label counts, everywhere the same: reviewers', else the owner's, else the model's."""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import Batch, Clip, User
from recognition.models.clips import COUNTED_EMOTION, PROVENANCE
from recognition.services.share import share_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]

# name: what the model heard, the owner corrected and reviewers settled; what counts, whose it is
CLIPS = {
    "heard": ("happy", "", "", "happy", "model"),
    "corrected": ("happy", "sad", "", "sad", "corrected"),
    "confirmed": ("happy", "happy", "", "happy", "corrected"),
    "overruled": ("happy", "sad", "calm", "calm", "reviewed"),
    "agreed": ("happy", "sad", "sad", "sad", "reviewed"),
    "reviewed": ("happy", "", "calm", "calm", "reviewed"),
    "right": ("happy", "", "happy", "happy", "reviewed"),
    "taken back": ("happy", "sad", "happy", "happy", "reviewed"),
    "failed": ("", "", "", "", ""),
}
SORTS = ("newest", "surest", "longest", "name")


@pytest.fixture
def clips(owner: User, stranger: User) -> dict[str, Clip]:
    """The same for two people, so that whatever leaks is seen; the owner's by name."""
    made = {}
    for user in (stranger, owner):
        batch = Batch.objects.create(owner=user)
        for name, (heard, corrected, reviewed, *_counts) in CLIPS.items():
            if not heard:
                made[name] = factories.failed_clip(user, name=name, batch=batch)
                continue
            clip = factories.done_clip(user, name=name, emotion=heard, batch=batch)
            clip.corrected_emotion, clip.reviewed_emotion = corrected, reviewed
            clip.save(update_fields=["corrected_emotion", "reviewed_emotion"])
            made[name] = clip
    return made


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def names(client: Client, query: str) -> list[str]:
    """Of the clips that the history shows."""
    page = text_of(client, f"/clips/?{query}")
    return re.findall(r'class="clip-name"[^>]*>([^<]+)</a>', page)


def row(client: Client, address: str, clip: Clip) -> str:
    """Its words and marks; tags of the page are left out."""
    [part] = [it for it in text_of(client, address).split("<li")[1:] if f"clip-{clip.pk}" in it]
    part = part.split("</li>")[0]
    part = re.sub(r'<span class="mark (mark-\w+)"[^>]*></span>', r" \1 ", part)
    return " ".join(html.unescape(re.sub(r"<[^>]+>|^[^>]*>", " ", part)).split())


def table(client: Client, address: str) -> list[dict[str, str]]:
    response: Any = client.get(address)
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_the_database_and_the_clip_say_the_same(clips: dict[str, Clip]) -> None:
    rows = Clip.objects.annotate(counts=COUNTED_EMOTION, whose=PROVENANCE)
    for clip in rows:
        wanted = CLIPS[clip.name][3:]
        assert (clip.counted_emotion, clip.provenance) == wanted
        assert (clip.counts, clip.whose) == wanted


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("emotion=happy", {"heard", "confirmed", "right", "taken back"}),
        ("emotion=sad", {"corrected", "agreed"}),
        ("emotion=calm", {"overruled", "reviewed"}),
        ("corrected=yes", {"corrected", "confirmed", "overruled", "agreed", "taken back"}),
        ("corrected=no", {"heard", "reviewed", "right", "failed"}),
        ("reviewed=yes", {"overruled", "agreed", "reviewed", "right", "taken back"}),
        ("reviewed=no", {"heard", "corrected", "confirmed", "failed"}),
        ("corrected=yes&reviewed=no", {"corrected", "confirmed"}),
        ("corrected=no&reviewed=yes", {"reviewed", "right"}),
        ("corrected=no&reviewed=no&emotion=happy", {"heard"}),
        ("reviewed=yes&emotion=calm", {"overruled", "reviewed"}),
        ("corrected=yes&emotion=sad&heard=happy", {"corrected", "agreed"}),
        ("corrected=yes&emotion=calm&heard=happy", {"overruled"}),
        ("emotion=calm&heard=happy", {"overruled", "reviewed"}),
        ("emotion=sad&heard=happy&corrected=no", set()),
        ("reviewed=yes&q=taken", {"taken back"}),
    ],
)
def test_the_history_finds_clips_by_what_counts(
    clips: dict[str, Clip], client: Client, query: str, wanted: set[str], sort: str
) -> None:
    found = names(client, f"{query}&sort={sort}")
    assert set(found) == wanted
    assert len(found) == len(wanted)


def test_a_chip_takes_the_reviewed_filter_away(clips: dict[str, Clip], client: Client) -> None:
    page = text_of(client, "/clips/?reviewed=yes&emotion=calm")
    assert '<option value="yes" selected>yes</option>' in page
    assert re.search(r'href="/clips/\?emotion=calm"><span>Reviewed: yes<', page)
    assert client.get("/clips/?reviewed=perhaps").status_code == 422


ROWS = {
    "heard": "happy mark-model model 65 %",
    "corrected": "sad mark-corrected corrected mark-model model: happy 65 %",
    "confirmed": "happy mark-corrected corrected mark-model model 65 %",
    "overruled": "calm mark-reviewed reviewed mark-corrected you: sad mark-model model: happy 65 %",
    "agreed": "sad mark-reviewed reviewed mark-model model: happy 65 %",
    "reviewed": "calm mark-reviewed reviewed mark-model model: happy 65 %",
    "right": "happy mark-reviewed reviewed mark-model model 65 %",
    "taken back": "happy mark-reviewed reviewed mark-corrected you: sad mark-model model 65 %",
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_tell_what_counts_and_who_said_something_else(
    clips: dict[str, Clip], client: Client, name: str
) -> None:
    clip = clips[name]
    for address in ("/clips/", f"/batches/{clip.batch_id}/"):
        assert row(client, address, clip).endswith(ROWS[name]), address


def test_a_row_that_nobody_corrected_says_when_the_model_was_not_sure(
    clips: dict[str, Clip], client: Client
) -> None:
    Clip.objects.update(confidence=0.3, is_sure=False)
    address = f"/batches/{clips['heard'].batch_id}/"
    assert row(client, address, clips["heard"]).endswith("not sure happy? mark-model model 30 %")
    assert row(client, address, clips["reviewed"]).endswith(
        "calm mark-reviewed reviewed mark-model model: happy 30 %"
    )


def test_deleted_clips_keep_their_mark(clips: dict[str, Clip], client: Client) -> None:
    Clip.objects.filter(owner=clips["heard"].owner).update(deleted_at=timezone.now())
    page = text_of(client, "/clips/deleted/")
    marks = re.findall(r'mark mark-(\w+)" aria-hidden="true"></span>(\w+)', page)
    assert sorted(marks) == sorted((it[4], it[3]) for it in CLIPS.values() if it[3])


def test_exports_and_the_batchs_table_say_what_counts(
    clips: dict[str, Clip], client: Client
) -> None:
    exported: Any = client.get("/clips/export.json")
    records = {it["name"]: it for it in json.loads(exported.getvalue())}
    rows = {it["file"]: it for it in table(client, f"/batches/{clips['heard'].batch_id}/table.csv")}
    columns = ("predicted_emotion", "corrected_emotion", "reviewed_emotion", "emotion")
    for name, wanted in CLIPS.items():
        for said in (records[name], rows[name]):
            assert tuple(said[column] for column in (*columns, "provenance")) == wanted


def test_a_batch_counts_what_counts(clips: dict[str, Clip], client: Client) -> None:
    page = text_of(client, f"/batches/{clips['heard'].batch_id}/")
    chips = re.findall(r'chip emotion-(\w+)">.*?<strong>(\d+)</strong>', page, re.DOTALL)
    assert chips == [("happy", "4"), ("sad", "2"), ("calm", "2")]


def test_the_dashboard_counts_what_counts(clips: dict[str, Clip], client: Client) -> None:
    rows = table(client, "/dashboard/emotions.csv?range=all")
    assert [(it["emotion"], it["clips"]) for it in rows if it["clips"] != "0"] == [
        ("happy", "4"),
        ("calm", "2"),
        ("sad", "2"),
    ]


def test_the_dashboard_tells_how_many_labels_are_whose(
    clips: dict[str, Clip], client: Client
) -> None:
    rows = table(client, "/dashboard/labels.csv?range=all")
    assert [(it["label"], it["clips"], it["share"]) for it in rows] == [
        ("model", "1", "12.5"),
        ("corrected", "2", "25.0"),
        ("reviewed", "5", "62.5"),
    ]
    page = text_of(client, "/dashboard/?range=all")
    tile = r"<dt>Reviewed</dt><dd>5<small>3 something else than the model heard</small>"
    assert re.search(tile, page)
    Clip.objects.update(reviewed_emotion="")
    assert "<dt>Reviewed</dt>" not in text_of(client, "/dashboard/?range=all")


def test_every_number_of_the_dashboard_leads_to_as_many_clips(
    clips: dict[str, Clip], client: Client
) -> None:
    page = text_of(client, "/dashboard/?range=all")
    links = re.findall(r'href="/clips/\?([^"]+)">(\d+)</a>', page)
    matrix = [(query, n) for query, n in links if "heard=" in query]
    assert sorted(int(n) for _query, n in matrix) == [1, 2, 2]
    assert len(links) == len(matrix) + 3
    for query, n in links:
        assert len(names(client, html.unescape(query))) == int(n), query


def test_the_matrix_is_of_judged_clips_by_what_counts(
    clips: dict[str, Clip], client: Client
) -> None:
    rows = table(client, "/dashboard/corrections.csv?range=all")
    found = {(it["the model heard"], it["what counts"]): it["clips"] for it in rows}
    assert found == {("happy", "sad"): "2", ("happy", "happy"): "2", ("happy", "calm"): "1"}
    page = text_of(client, "/dashboard/?range=all")
    words = "You judged 5 clips; the model had heard something else in 3 (60.0 %)."
    assert f"{words} Where reviewers settled them, their word counts." in page


def test_compared_clips_tell_what_counts(clips: dict[str, Clip], client: Client) -> None:
    chosen = [clips[name] for name in ("heard", "corrected", "overruled")]
    page = text_of(client, "/compare/?" + "&".join(f"clip={it.pk}" for it in chosen))
    heard, corrected, overruled = page.split("<article")[1:]
    assert "<strong>happy</strong>" in heard
    assert "mark-model" in heard
    assert "<strong>sad</strong>" in corrected
    assert "mark-corrected" in corrected
    assert "<strong>calm</strong>" in overruled
    for words in ("mark-reviewed", "mark-corrected", "you: sad", "The model hears"):
        assert words in overruled
    cells = dict(re.findall(r'<th scope="row">([\w ]+)</th>(.*?)</tr>', page))
    found = {name: re.findall(r"<td>(.*?)</td>", row) for name, row in cells.items()}
    plain = [re.sub(r"<[^>]+>", "", it) for it in found["What counts"]]
    assert plain == ["happy (heard by the model)", "sad (corrected)", "calm (reviewed)"]
    assert found["Reviewers settled"] == ["–", "–", "calm"]
    assert found["The owner hears"] == ["–", "sad", "sad"]
    assert found["The model hears"] == ["happy"] * 3


def test_a_reviewer_compares_without_being_the_owner(
    clips: dict[str, Clip], reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    factories.consent(clips["heard"].owner)
    address = f"/compare/?clip={clips['heard'].pk}&clip={clips['overruled'].pk}"
    page = text_of(signed_in(reviewer), address)
    assert "Its owner hears: sad" in page
    assert "you: sad" not in page
    assert signed_in(stranger).get(address).status_code == 404


def test_a_shared_page_tells_only_what_the_model_hears(clips: dict[str, Clip]) -> None:
    share = share_clip(clips["overruled"], n_days=1)
    page = text_of(Client(), f"/s/{share.token}/")
    assert "<strong>happy</strong>" in page
    assert "mark-" not in page
    assert "<strong>calm</strong>" not in page
    assert "<strong>sad</strong>" not in page


def test_a_stranger_finds_none_of_it(
    clips: dict[str, Clip], reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    factories.consent(clips["heard"].owner)
    for person, n_clips in ((stranger, 5), (reviewer, 0)):
        page = text_of(signed_in(person), "/clips/?reviewed=yes")
        assert page.count('class="clip-name"') == n_clips
        assert not any(str(clip.pk) in page for clip in clips.values())
        assert signed_in(person).get(f"/batches/{clips['heard'].batch_id}/").status_code == 404
