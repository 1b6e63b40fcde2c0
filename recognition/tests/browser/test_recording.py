"""Recording in Chromium with its fake microphone, which is fed a file of ours."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from mlcore import audio
from recognition.models import Clip
from recognition.tests import recordings
from recognition.tests.browser.conftest import CHROMIUM_FLAGS, chromium_path
from recognition.tests.browser.test_whole_way import PHONE, sign_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]

CLIP = re.compile(r"/clips/[0-9a-f-]{36}/$")
OpenPage = Callable[..., Page]


# as browsers do; with the flags of these tests permission counts as given
NAMELESS_UNTIL_ASKED = """
  window.wanted = [];
  const { mediaDevices } = navigator;
  const list = mediaDevices.enumerateDevices.bind(mediaDevices);
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  const nameless = ({ kind }) => ({ kind, label: "", deviceId: "" });
  const shown = (it) => (wanted.length ? it : nameless(it));
  mediaDevices.enumerateDevices = async () => (await list()).map(shown);
  mediaDevices.getUserMedia = (it) => { wanted.push(it); return ask(it); };
"""


@pytest.fixture
def open_page(browser: Browser, site: str, tmp_path: Path) -> Iterator[OpenPage]:
    """A signed-in person on the recording tab, in a browser whose microphone hears `sound`."""
    browsers: list[Browser] = []

    def open_it(sound: bytes = b"", *, flags: tuple[str, ...] = (), script: str = "") -> Page:
        path = tmp_path / "microphone.wav"
        path.write_bytes(sound or recordings.wav(3.3))
        fed = f"--use-file-for-fake-audio-capture={path}"
        usual = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", fed)
        args = [*CHROMIUM_FLAGS, *(flags or usual)]
        made = browser.browser_type.launch(executable_path=chromium_path(), args=args)
        browsers.append(made)
        page = made.new_context(base_url=site, viewport=PHONE).new_page()
        page.set_default_timeout(20_000)
        sign_up(page)
        if script:
            page.add_init_script(script)
        page.goto("/clips/new/#record")
        return page

    yield open_it
    for made in browsers:
        made.close()


def record(page: Page, seconds: float) -> None:
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator("#record-says")).to_have_text("Recording.")
    page.wait_for_timeout(1000 * seconds)
    page.get_by_role("button", name="Stop").click()


def send(page: Page) -> Clip:
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Send the recording").click()
    expect(page).to_have_url(CLIP)
    expect(page.locator("#result")).to_contain_text("%")
    return Clip.objects.get()


def reason(page: Page, name: str) -> Any:
    return expect(page.locator(f'#record-alert[data-reason="{name}"]')).to_be_visible()


def test_a_person_records_listens_and_sees_the_result(open_page: OpenPage) -> None:
    page = open_page()
    record(page, 3)
    expect(page.locator("#record-says")).to_contain_text("Listen to it, then send it.")
    assert page.locator("#record-preview").evaluate("it => it.play().then(() => !it.paused)")
    expect(page.locator("#record-device")).to_be_visible()
    assert page.locator("#record-device option").count() >= 1
    clip = send(page)
    assert clip.state == "done"
    assert clip.container == "webm"
    assert clip.speaker_consent == "own-voice"
    assert clip.name.startswith("recording ")
    assert clip.duration_s == pytest.approx(3, abs=0.8)


def test_it_records_wav_where_the_browser_has_no_opus(open_page: OpenPage) -> None:
    page = open_page(script="delete window.MediaRecorder")
    record(page, 3)
    clip = send(page)
    assert clip.container == "wav"
    waveform = audio.load(Path(clip.file.path))
    assert len(waveform) / 16_000 == pytest.approx(3, abs=0.8)
    assert abs(waveform).max() > 0.1


def test_it_can_be_paused_and_gone_on_with(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Start recording").click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#record-says")).to_have_text("Paused.")
    held = page.locator("#record-time").inner_text()
    page.wait_for_timeout(2500)
    assert page.locator("#record-time").inner_text() == held
    page.get_by_role("button", name="Go on").click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop").click()
    assert send(page).duration_s == pytest.approx(3, abs=0.8)


def test_the_microphone_can_be_chosen_before_the_first_recording(open_page: OpenPage) -> None:
    page = open_page(script=NAMELESS_UNTIL_ASKED)
    page.get_by_role("button", name="Choose the microphone").click()
    expect(page.locator("#record-device")).to_be_focused()
    page.locator("#record-device").select_option(index=1)
    chosen = page.locator("#record-device").input_value()
    record(page, 1)
    expect(page.locator("#record-says")).to_contain_text("Listen to it, then send it.")
    assert page.evaluate("wanted.map((it) => it.audio.deviceId?.exact)") == [None, chosen]


def test_microphones_are_listed_at_once_where_permission_was_given(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#record-device")).to_be_visible()
    expect(page.get_by_role("button", name="Choose the microphone")).to_be_hidden()


def test_a_recording_pauses_where_it_is_not_seen_and_can_be_stopped_there(
    open_page: OpenPage,
) -> None:
    page = open_page()
    expect(page.locator("#record-bar")).to_be_hidden()
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator("#record-says")).to_have_text("Recording.")
    page.wait_for_timeout(1500)
    page.get_by_role("tab", name="Files").click()
    expect(page.locator("#record-bar")).to_contain_text("The recording is paused at 0:0")
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#record-says")).to_contain_text("Listen to it, then send it.")
    page.get_by_role("tab", name="Files").click()
    expect(page.locator("#record-bar")).to_contain_text("is not sent yet")
    page.get_by_role("button", name="Back to the recording").click()
    expect(page.locator("#record-bar")).to_be_hidden()
    assert send(page).duration_s == pytest.approx(1.5, abs=0.9)


def test_it_asks_before_an_unsent_recording_is_lost(open_page: OpenPage) -> None:
    page = open_page()
    record(page, 1)
    expect(page.locator("#record-says")).to_contain_text("Listen to it, then send it.")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda it: it.dismiss())
        page.get_by_role("link", name="sersite").click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(page.locator("#record-preview")).to_be_visible()
    send(page)  # and nobody is asked


def test_a_recorder_that_breaks_can_be_started_again(open_page: OpenPage) -> None:
    script = "window.MediaRecorder.prototype.stop = () => { throw new Error('broken') }"
    page = open_page(script=script)
    record(page, 1)
    reason(page, "broken")
    expect(page.get_by_role("button", name="Start recording")).to_be_enabled()
    page.evaluate("delete window.MediaRecorder")
    record(page, 1)
    expect(page.locator("#record-says")).to_contain_text("Listen to it, then send it.")


def test_a_silent_recording_is_said_and_not_sent(open_page: OpenPage) -> None:
    page = open_page(recordings.silence())
    page.get_by_role("button", name="Start recording").click()
    reason(page, "silent-so-far")
    page.get_by_role("button", name="Stop").click()
    reason(page, "silent")
    expect(page.locator("#record-alert")).to_contain_text("The recording is silent")
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Send the recording").click()
    reason(page, "nothing-recorded")
    assert not Clip.objects.exists()


def test_a_denied_permission_is_said(open_page: OpenPage) -> None:
    flags = ("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page = open_page(flags=flags)
    page.get_by_role("button", name="Start recording").click()
    reason(page, "denied")
    expect(page.get_by_role("alert")).to_contain_text("permission was denied")
    expect(page.get_by_role("button", name="Start recording")).to_be_enabled()


def test_a_missing_microphone_is_said(open_page: OpenPage) -> None:
    page = open_page(flags=("--use-fake-ui-for-media-stream",))
    page.get_by_role("button", name="Start recording").click()
    reason(page, "no-device")


def test_a_page_without_https_says_so(open_page: OpenPage) -> None:
    script = "Object.defineProperty(window, 'isSecureContext', {value: false})"
    reason(open_page(script=script), "insecure")


def test_a_recording_that_is_too_short_is_said(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#upload-form").evaluate("it => it.dataset.minS = '5'")
    record(page, 0.5)
    reason(page, "too-short")


def test_it_warns_before_the_longest_length_and_then_ends(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#upload-form").evaluate("it => it.dataset.maxS = '3'")
    page.get_by_role("button", name="Start recording").click()
    reason(page, "ends-soon")
    reason(page, "ended")
    expect(page.locator("#record-says")).to_contain_text("Listen to it, then send it.")


def test_it_can_be_done_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("tab", name="Record").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#drop")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # starts, and the focus goes on to Stop
    expect(page.locator("#record-says")).to_have_text("Recording.")
    page.wait_for_timeout(2000)
    page.keyboard.press("Enter")  # stops, and the focus goes on to Send
    expect(page.locator("#record-says")).to_contain_text("Listen to it")
    page.get_by_label("My own voice").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page).to_have_url(CLIP)
