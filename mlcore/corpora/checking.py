"""Check the recordings of a corpus: what is there, what can't be used and why.

Nothing that is wrong with a file stops the check; the file is left out and named.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mlcore import audio
from mlcore.corpora.base import Corpus, Entry, Row
from mlcore.corpora.manifest import FIRST_ROW, MANIFEST, check_row, folds_in, read_rows
from mlcore.errors import AudioError, DatasetError

ENDINGS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".webm")
# What a finding can be, from the file that does not belong there to the one that is not there.
KINDS = (
    *("foreign", "row", "defect", "empty", "unreadable", "silent", "doubled", "contradictory"),
    "missing",
)
SILENT_PEAK = 1e-4  # -80 dBFS: less than one step of eight bits, three of sixteen
HASH_DIGITS = 16  # of the file's hash, as many as a manifest keeps


@dataclass(frozen=True)
class Finding:
    """A file that is left out, or missing, and why; `kind` is one of `KINDS`."""

    kind: str
    path: str
    reason: str


@dataclass(frozen=True)
class Recording:
    """A usable file with what is known of it; `content` hashes the decoded samples."""

    name: str  # its path below the folder, with slashes
    entry: Entry
    duration_s: float
    sha256: str
    content: str


@dataclass(frozen=True)
class CorpusCheck:
    """What a check found.

    Parameters
    ----------
    name : str
        The corpus, or ``csv``.
    folder : Path
    n_files : int
        Looked at, foreign ones included.
    recordings : tuple of Recording
        Usable, by path.
    findings : tuple of Finding
    n_clips, n_speakers : int or None
        As published.
    folds : dict of str to int
        By speaker, where a manifest says them.
    """

    name: str
    folder: Path
    n_files: int
    recordings: tuple[Recording, ...]
    findings: tuple[Finding, ...]
    n_clips: int | None
    n_speakers: int | None
    folds: dict[str, int]

    def count(self, what: str) -> dict[str, int]:
        """Return the number of usable clips by speaker, emotion, sex or language."""
        return dict(sorted(Counter(getattr(r.entry, what) for r in self.recordings).items()))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON keeps it."""
        return {
            "corpus": self.name,
            "folder": str(self.folder),
            "files": self.n_files,
            "clips": {"usable": len(self.recordings), "published": self.n_clips},
            "speakers": {"usable": len(self.count("speaker")), "published": self.n_speakers},
            "duration_s": round(sum(r.duration_s for r in self.recordings), 3),
            "by_emotion": self.count("emotion"),
            "by_speaker": self.count("speaker"),
            "by_sex": self.count("sex"),
            "findings": [asdict(finding) for finding in self.findings],
        }


Listed = tuple[str, Entry]
# A bar, or nothing: gives back what it is given, one by one.
Progress = Callable[[Sequence[Listed]], Iterable[Listed]]


def check_corpus(corpus: Corpus, folder: Path, progress: Progress = iter) -> CorpusCheck:
    """Check a folder with a published corpus.

    Parameters
    ----------
    corpus : Corpus
    folder : Path
    progress : callable, optional
        Wraps the files that get decoded.

    Returns
    -------
    CorpusCheck

    Raises
    ------
    DatasetError
        When there is no such folder or no table of a corpus that needs one.
    """
    names = _files(folder)
    read = corpus.open(folder)
    listed: list[Listed] = []
    findings: list[Finding] = []
    for name in names:
        path = PurePosixPath(name)
        # A name that is not in UTF-8 could be written neither into a report nor a manifest.
        is_recording = path.suffix.lower() in ENDINGS and name == _printable(name)
        entry = read(path) if is_recording else None
        if entry is None and path.name not in corpus.tables:
            reason = f"no name that {corpus.title} gives"
            findings.append(Finding("foreign", _printable(name), reason))
        elif entry is not None and entry.clip in corpus.defects:
            findings.append(Finding("defect", name, corpus.defects[entry.clip]))
        elif entry is not None:
            listed.append((name, entry))
    there = {entry.clip for _, entry in listed}
    missing = corpus.expected(folder) - there - corpus.defects.keys()
    findings += [Finding("missing", clip, "not there") for clip in missing]
    recordings = _usable(folder, listed, findings, progress)
    published = corpus.n_clips, corpus.n_speakers
    return CorpusCheck(
        corpus.name, folder, len(names), recordings, _sorted(findings), *published, folds={}
    )


def check_manifest(path: Path, progress: Progress = iter) -> CorpusCheck:
    """Check the recordings that any manifest lists, as `check_corpus` does.

    Parameters
    ----------
    path : Path
        Of the CSV file; its paths are relative to its folder.
    progress : callable, optional

    Returns
    -------
    CorpusCheck

    Raises
    ------
    DatasetError
        When the manifest can't be read; a row that can't be used is only a finding.
    """
    folder, rows = path.parent, read_rows(path)
    names = [name for name in _files(folder) if PurePosixPath(name).suffix.lower() in ENDINGS]
    findings: list[Finding] = []
    listed: list[Listed] = []
    for number, row in enumerate(rows, start=FIRST_ROW):
        try:
            check_row(path, number, row)
        except DatasetError as error:
            findings.append(Finding("row", row["path"] or f"row {number}", str(error)))
            continue
        name = str(PurePosixPath(row["path"]))
        if (folder / name).is_file():
            listed.append((name, _entry(name, row, folder)))
        else:
            findings.append(Finding("missing", name, "not there"))
    in_rows = {str(PurePosixPath(row["path"])) for row in rows}
    strangers = [_printable(name) for name in names if name not in in_rows]
    findings += [Finding("foreign", name, "not in the manifest") for name in strangers]
    recordings = _usable(folder, listed, findings, progress)
    report = "csv", folder, len(names), recordings, _sorted(findings)
    return CorpusCheck(*report, n_clips=None, n_speakers=None, folds=folds_in(rows))


def _entry(name: str, row: Row, folder: Path) -> Entry:
    known = ("speaker", "emotion", "sex", "language", "intensity", "statement")
    corpus = row["corpus"] or folder.resolve().name
    return Entry(corpus=corpus, clip=name, **{key: row[key] for key in known})


def _files(folder: Path) -> list[str]:
    """List what is in a folder; a link to nowhere counts, a manifest of ours does not."""
    if not folder.is_dir():
        raise DatasetError("dataset:user:no-folder", {"path": str(folder)})
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name != MANIFEST and (path.is_file() or (path.is_symlink() and not path.exists()))
    )


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (KINDS.index(f.kind), f.path)))


def _usable(
    folder: Path, listed: list[Listed], findings: list[Finding], progress: Progress
) -> tuple[Recording, ...]:
    """Decode what is listed and leave out what can't be used, with a finding for each."""
    agreed = _agreed(listed, findings)
    taken: dict[tuple[str, str], Recording] = {}
    # A WAV before an MP3 of the same clip, which then need not be decoded.
    for name, entry in progress(sorted(agreed, key=_rank)):
        key = entry.corpus, entry.clip
        if key in taken:
            findings.append(Finding("doubled", name, f"the same clip as {taken[key].name}"))
            continue
        found = _listen(folder, name, entry)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            taken[key] = found
    recordings = sorted(taken.values(), key=lambda recording: recording.name)
    for judge in (_same_content, _two_sexes):
        out = list(judge(recordings))
        findings += out
        names = {finding.path for finding in out}
        recordings = [recording for recording in recordings if recording.name not in names]
    return tuple(recordings)


def _agreed(listed: list[Listed], findings: list[Finding]) -> list[Listed]:
    """Keep the files of clips that are labeled in one way only."""
    labels: dict[tuple[str, str], set[Entry]] = defaultdict(set)
    for _, entry in listed:
        labels[entry.corpus, entry.clip].add(entry)
    agreed = []
    for name, entry in listed:
        if len(labels[entry.corpus, entry.clip]) == 1:
            agreed.append((name, entry))
        else:
            findings.append(Finding("contradictory", name, "labeled in several ways"))
    return agreed


def _rank(item: Listed) -> tuple[int, str]:
    ending = PurePosixPath(item[0]).suffix.lower()
    return ENDINGS.index(ending) if ending in ENDINGS else len(ENDINGS), item[0]


def _listen(folder: Path, name: str, entry: Entry) -> Recording | Finding:
    """Decode a file at its own sample rate, block by block."""
    path = folder / name
    n_samples, peak = 0, 0.0
    try:
        info = audio.probe(path)
        content = hashlib.sha256(str(info.sample_rate).encode())
        for block in audio.decode_blocks(path, info):
            content.update(block.tobytes())
            n_samples += len(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
    except AudioError as error:
        kind = "empty" if error.code == "audio:user:empty" else "unreadable"
        return Finding(kind, name, str(error))
    if peak < SILENT_PEAK:
        return Finding("silent", name, "nothing is heard in it")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()[:HASH_DIGITS]
    return Recording(name, entry, n_samples / info.sample_rate, sha256, content.hexdigest())


def _same_content(recordings: Iterable[Recording]) -> Iterator[Finding]:
    """Find copies: the first one stays, but none whose labels differ, for nobody knows which."""
    groups: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        groups[recording.content].append(recording)
    for group in groups.values():
        if len({(r.entry.speaker, r.entry.emotion) for r in group}) == 1:
            for copy in group[1:]:
                yield Finding("doubled", copy.name, f"the same recording as {group[0].name}")
            continue
        for one in group:
            others = ", ".join(other.name for other in group if other is not one)
            reason = f"the same recording as {others}, which is labeled otherwise"
            yield Finding("contradictory", one.name, reason)


def _two_sexes(recordings: Iterable[Recording]) -> Iterator[Finding]:
    """Find clips whose sex is not that of their speaker's other clips: one of both is wrong."""
    groups: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        if recording.entry.sex:
            groups[recording.entry.speaker].append(recording)
    for speaker, group in groups.items():
        ((usual, _),) = Counter(r.entry.sex for r in group).most_common(1)
        for one in group:
            if one.entry.sex != usual:
                reason = f"sex {one.entry.sex}, but {speaker} is {usual} elsewhere"
                yield Finding("contradictory", one.name, reason)
