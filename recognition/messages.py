"""Words people read: names of emotions, and one sentence for each error code."""

from collections.abc import Mapping

EMOTION_LABELS = {
    "neutral": "neutral",
    "calm": "calm",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "fearful": "fearful",
    "disgust": "disgust",
    "surprised": "surprised",
}
EMOTION_EMOJI = {
    "neutral": "😐",
    "calm": "😌",
    "happy": "😄",
    "sad": "😢",
    "angry": "😠",
    "fearful": "😨",
    "disgust": "🤢",
    "surprised": "😲",
}

FORMATS = "WAV, FLAC, MP3, OGG, WebM or M4A"

# Details that a sentence names come with the error; a test asserts that every code has a sentence
# and that every sentence can be filled.
SENTENCES = {
    "upload:user:no-file": "No file was chosen. Choose one or more audio files and send again.",
    "upload:user:too-many-files": (
        "{n_files} files were sent, at most {limit_files} are allowed at once. "
        "Send them in several goes."
    ),
    "upload:user:extension": (
        "Files ending in “{extension}” are not accepted. Send " + FORMATS + "."
    ),
    "upload:user:path-in-name": (
        "The file name contains a folder (a slash or backslash). Rename the file and send it again."
    ),
    "upload:user:request-too-big": (
        "The files are too big to be sent at once. Send them in several goes."
    ),
    "audio:user:missing": (
        "The recording can’t be opened ({reason}), so it can’t be recognized. Send the file again."
    ),
    "audio:user:empty": "The file is empty (0 bytes). Check the original and send it again.",
    "audio:user:not-audio": (
        "This is not an audio file we know: it begins with {found}. Send " + FORMATS + "."
    ),
    "audio:user:unreadable": (
        "The file begins like {container}, but it can’t be decoded ({reason}). "
        "Save it anew with another program and send it again."
    ),
    "audio:user:truncated": (
        "The {container} file is cut off: it promises {expected} {unit} but holds {found}. "
        "Copy or download the original again."
    ),
    "audio:user:too-large": (
        "The file has {n_bytes_mb:.1f} MB, at most {limit_bytes_mb:.0f} MB are allowed. "
        "Shorten it or save it as MP3 or OGG."
    ),
    "audio:user:too-short": (
        "The clip lasts {duration_s:.2g} s, at least {limit_s:.2g} s are needed. "
        "Send a longer recording."
    ),
    "audio:user:too-long": (
        "The clip lasts {duration_s:,.0f} s or more, at most {limit_s:,.0f} s are allowed. "
        "Cut it into shorter pieces."
    ),
    "audio:user:not-finite": (
        "The recording holds values that are no numbers (NaN or infinity). Export it anew."
    ),
    "audio:user:no-audio-track": (
        "The {container} file has no {allowed} sound track. Send a recording with sound."
    ),
    "audio:user:no-speech": (
        "No speech was found: {speech_s:.2f} s of the clip sound like speech, "
        "at least {limit_s:.2f} s are needed. Check the microphone and record again."
    ),
    "recognition:app:gave-up": (
        "The recognition was broken off {attempts} times, so it was given up. "
        "The clip is kept: try again later, and tell the administrator if it happens again."
    ),
}


def sentence(code: str, details: Mapping[str, str | int | float]) -> str:
    """What was wrong and what to do, with the numbers of this case."""
    megabytes = {
        f"{name}_mb": value / 1_000_000
        for name, value in details.items()
        if isinstance(value, int | float)
    }
    return SENTENCES[code].format(**details, **megabytes)
