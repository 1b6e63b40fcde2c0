"""From a queued portrait to its data: what the clip's page draws."""

from functools import lru_cache

from mlcore.audio import load
from mlcore.errors import AudioError
from mlcore.portrait import portray
from mlcore.speech import SpeechGate
from recognition.jobs.work import claim, fail, finish
from recognition.limits import audio_limits
from recognition.models import Portrait


def portray_clip(portrait_id: int) -> None:
    portrait = claim(Portrait.objects.select_related("clip"), portrait_id)
    if portrait is None:
        return  # deleted, finished, or another worker has it
    try:
        waveform = load(portrait.clip.file.path, limits=audio_limits())
    except AudioError as error:
        fail(portrait, error)
    else:
        data = portray(waveform, speech_gate()).to_dict()
        finish(portrait, Portrait.State.DONE, data=data)


@lru_cache(maxsize=1)
def speech_gate() -> SpeechGate:
    """Its session is opened once in a process."""
    return SpeechGate()
