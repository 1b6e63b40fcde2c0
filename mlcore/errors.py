"""The error tree of mlcore: stable codes that say whose fault it is, and the numbers.

A code reads ``area:user|app:what``. `SENTENCES` holds every code that mlcore can raise, with an
English sentence for the command line; other interfaces map the codes to their own words.
"""

from collections.abc import Mapping

SENTENCES: dict[str, str] = {
    "audio:user:missing": "The file can't be opened: {reason}.",
    "audio:user:empty": "The file is empty (0 bytes).",
    "audio:user:not-audio": (
        "The file is not WAV, FLAC, MP3, OGG, WebM or M4A audio; its first bytes are {found}."
    ),
    "audio:user:unreadable": "The {container} file can't be decoded: {reason}.",
    "audio:user:truncated": (
        "The {container} file is cut off: it promises {expected} {unit} but holds {found}."
    ),
    "audio:user:too-large": "The file has {n_bytes} bytes; at most {limit_bytes} are allowed.",
    "audio:user:too-short": (
        "The clip lasts {duration_s:.4g} s; at least {limit_s:.4g} s are needed."
    ),
    "audio:user:too-long": (
        "The clip lasts {duration_s:.6g} s or more; at most {limit_s:.6g} s are allowed."
    ),
    "audio:user:not-finite": "The recording holds samples that are not finite numbers.",
    "audio:user:no-audio-track": "The {container} file holds no {allowed} audio track.",
    "audio:user:no-speech": (
        "No speech was found: {speech_s:.2f} s of the clip sound like speech, "
        "at least {limit_s:.2f} s are needed."
    ),
    "bundle:app:missing": "The model bundle has no file {path}.",
    "bundle:app:corrupt": "The model file {path} is damaged: {reason}.",
    "bundle:app:other": "The model bundle is another one, {found}, not {expected}.",
    "bundle:app:format-version": (
        "The model bundle has format {found}; this program reads format {expected}."
    ),
    "bundle:app:labels": "The model bundle has the labels {found}, which are not known here.",
    "bundle:app:too-large": "The model bundle has {n_bytes} bytes; at most {limit_bytes} may be.",
    "bundle:app:export-differs": (
        "The exported network differs from the Keras network by {difference:.3g}; "
        "at most {limit:.3g} is allowed."
    ),
    "bundle:app:no-export": (
        "The network is trained, but Keras exports it to ONNX with TensorFlow only, not with "
        "{backend}. Run the same command again with KERAS_BACKEND=tensorflow: it goes on from its "
        "last checkpoint."
    ),
    "bundle:app:no-tflite": "The network can't be turned into TFLite: {reason}.",
    "dataset:user:missing": "There is no manifest at {path}.",
    "dataset:user:not-csv": "The table {path} can't be read: {reason}.",
    "dataset:user:columns": "The manifest {path} lacks the column {column}.",
    "dataset:user:emotion": "Row {row} of {path} has the unknown emotion {found!r}.",
    "dataset:user:fold": "Row {row} of {path} has the fold {found!r}, which is not a number.",
    "dataset:user:path": "Row {row} of {path} names {found!r}, which lies outside the data folder.",
    "dataset:user:speaker": "Row {row} of {path} names no speaker.",
    "dataset:user:duration": (
        "Row {row} of {path} has the duration {found!r}, which is no number of seconds above 0."
    ),
    "dataset:user:two-labels": (
        "Row {row} of {path} labels {found!r} otherwise than an earlier row does."
    ),
    "dataset:user:no-folder": "There is no folder {path}.",
    "dataset:user:table": "The folder {path} has none of the corpus's tables: {tables}.",
    "dataset:user:nothing-usable": (
        "None of the {found} files in {path} is a usable recording of {corpus}."
    ),
    "dataset:user:outside": (
        "The recordings in {path} do not lie below {folder}, where the manifest would be."
    ),
    "dataset:user:unwritable": "The file {path} can't be written: {reason}.",
    "dataset:user:corpora": "The manifest has no corpus {found}; it has {known}.",
    "dataset:user:recording": "The recording {path} can't be used. {reason}",
    "dataset:user:no-rows": "No utterance is left for {what}.",
    "dataset:user:speakers": (
        "The split for {what} needs at least {limit} speakers but has {found}."
    ),
    "dataset:user:folds": (
        "The data can't be split by fold {fold}: at least three folds are needed, there are "
        "{found}, and {count} utterances have none."
    ),
    "dataset:user:shared-speakers": (
        "{count} speakers are in more than one part of the split: {speakers}."
    ),
    "dataset:user:seen-speakers": (
        "The model was trained on {count} of these speakers, so a score on them would be worth "
        "nothing: {speakers}."
    ),
    "report:user:unwritable": "The report can't be written to {path}: {reason}.",
    "training:app:not-finite": "The loss became {loss} in epoch {epoch}; training was stopped.",
}

Detail = str | int | float


class SersiteError(Exception):
    """An error with a stable code and the numbers that belong to it.

    Parameters
    ----------
    code : str
        One of the keys of `SENTENCES`.
    details : dict, optional
        The limit and what was found, by name.
    """

    def __init__(self, code: str, details: Mapping[str, Detail] | None = None) -> None:
        # Both go to Exception's args, so that the error survives pickling between processes.
        super().__init__(code, dict(details or {}))
        self.code = code
        self.details: dict[str, Detail] = dict(details or {})

    def __str__(self) -> str:
        try:
            return SENTENCES[self.code].format(**self.details)
        except (KeyError, ValueError, IndexError):
            return f"{self.code} {self.details}"


class AudioError(SersiteError):
    """The recording can't be judged; the person who sent it can do something about it."""


class BundleError(SersiteError):
    """A model bundle is missing, damaged or of another format."""


class DatasetError(SersiteError):
    """A manifest or a split can't be used."""


class ReportError(SersiteError):
    """A report can't be written where it was asked for."""


class TrainingError(SersiteError):
    """A training run went wrong and left no bundle."""
