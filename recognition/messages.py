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
    "dataset:user:missing": "There is no list of recordings at {path}. Import a corpus first.",
    "dataset:user:not-csv": "The table {path} can’t be read ({reason}). Save it as CSV in UTF-8.",
    "dataset:user:columns": "The manifest {path} has no column “{column}”. Add it.",
    "dataset:user:emotion": (
        "Row {row} of {path} has the emotion “{found}”, which is none of the eight. Correct it."
    ),
    "dataset:user:fold": "Row {row} of {path} has the fold “{found}”. Give a whole number.",
    "dataset:user:path": (
        "Row {row} of {path} names the file “{found}”. "
        "Paths are relative to the manifest’s folder and stay inside it."
    ),
    "dataset:user:speaker": "Row {row} of {path} names no speaker. Without speakers no fair split.",
    "dataset:user:duration": (
        "Row {row} of {path} has the duration “{found}”. Give seconds above 0, or leave it empty."
    ),
    "dataset:user:two-labels": (
        "Row {row} of {path} labels “{found}” otherwise than an earlier row. Keep one of them."
    ),
    "dataset:user:no-folder": "There is no folder {path}. Check its name.",
    "dataset:user:table": (
        "The folder {path} has none of the tables {tables}. Choose the folder that holds them."
    ),
    "dataset:user:nothing-usable": (
        "None of the {found} files in {path} is a usable recording of {corpus}. "
        "Check the folder and the name of the corpus."
    ),
    "dataset:user:outside": (
        "The recordings in {path} don’t lie below {folder}. Put the manifest above them."
    ),
    "dataset:user:unwritable": "The file {path} can’t be written ({reason}). Choose another place.",
    "dataset:user:corpora": "The manifest has no corpus {found}; it has {known}. Choose of these.",
    "dataset:user:recording": "The recording {path} can’t be used. {reason} Take it off the list.",
    "dataset:user:no-rows": "No recording is left for {what}. Choose other corpora or folds.",
    "dataset:user:speakers": (
        "The split for {what} needs at least {limit} speakers but has {found}. Add recordings of "
        "other people."
    ),
    "dataset:user:folds": (
        "The data can’t be split by fold {fold}: there are the folds {found}, at least three are "
        "needed, and {count} recordings have none."
    ),
    "dataset:user:shared-speakers": (
        "{count} speakers are in more than one part of the split: {speakers}. "
        "Give each speaker one fold."
    ),
    "dataset:user:seen-speakers": (
        "The model was trained on {count} of these speakers, so a score on them would be worth "
        "nothing: {speakers}."
    ),
    "report:user:unwritable": (
        "The report can’t be written to {path} ({reason}). Choose another place."
    ),
    "recognition:app:gave-up": (
        "The recognition was broken off {attempts} times, so it was given up. "
        "The clip is kept: try again later, and tell the administrator if it happens again."
    ),
    "explanation:user:no-result": (
        "This clip has no result yet, so there is nothing to explain. Wait until it is recognized."
    ),
    "explanation:app:other-model": (
        "The result came from the model {predicted_by}, which does not serve any more; "
        "only results of {serving} can be explained."
    ),
    "explanation:app:gave-up": (
        "The explanation was broken off {attempts} times, so it was given up. "
        "Ask for it again later, and tell the administrator if it happens again."
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
