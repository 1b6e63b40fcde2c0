"""Words people read: what state a clip is in, and one sentence for each error code."""

from collections.abc import Mapping
from string import Formatter

from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from recognition.sentences import API_SENTENCES

STATE_LABELS = {
    "queued": _("waiting"),
    "running": _("listening"),
    "done": _("recognized"),
    "failed": _("no result"),
    "quarantined": _("set aside"),
}

FORMATS = "WAV, FLAC, MP3, OGG, WebM, M4A"

# Details that a sentence names come with the error; a test asserts that every code has a sentence
# and that every sentence can be filled.
SENTENCES = {
    **API_SENTENCES,
    "upload:user:no-file": _("No file was chosen. Choose one or more audio files and send again."),
    "upload:user:too-many-files": _(
        "{n_files} files were sent, at most {limit_files} are allowed at once. "
        "Send them in several goes."
    ),
    "upload:user:no-consent": _(
        "Say whose voice it is: your own, or of somebody who agreed. Without that nothing is kept."
    ),
    "upload:user:duplicate": _("You have this recording already, as “{clip_name}”."),
    "upload:user:batch-full": _(
        "At most {limit_files} files fit into one batch. Send the rest in another one."
    ),
    "upload:user:zip-damaged": _(
        "The ZIP can’t be read: it is damaged, or no ZIP at all. Make it anew and send it again."
    ),
    "upload:user:zip-empty": _("The ZIP holds no files. Put recordings into it and send it again."),
    "upload:user:zip-too-large": _(
        "The ZIP has {n_bytes_mb:.1f} MB, at most {limit_bytes_mb:.0f} MB are allowed. "
        "Split it into several."
    ),
    "upload:user:zip-unpacks-too-large": _(
        "The ZIP unpacks to more than {limit_bytes_mb:.0f} MB. What came before this file was "
        "looked at, this and the rest were not. Send the rest in another ZIP."
    ),
    "upload:user:too-many-members": _(
        "The ZIP holds {n_files} files, at most {limit_files} are allowed here. "
        "Split it into several."
    ),
    "upload:user:member-path": _(
        "Its place in the ZIP leads out of the folder that it is unpacked to. Make the ZIP anew."
    ),
    "upload:user:nested-archive": _(
        "It is an archive inside the ZIP. Unpack it, and send what is in it."
    ),
    "upload:user:encrypted": _("It is protected by a password. Send a ZIP without one."),
    "upload:user:member-compression": _(
        "It is compressed in a way that is not accepted. Make the ZIP with the usual method "
        "(“deflate”)."
    ),
    "upload:user:member-damaged": _(
        "It can’t be unpacked: the ZIP is damaged here. Make it anew and send it again."
    ),
    "upload:user:member-too-large": _(
        "It unpacks to more than {limit_bytes_mb:.0f} MB, which is the most for one file. "
        "Shorten it or save it as MP3 or OGG."
    ),
    "example:user:too-often": _(
        "Many examples were tried from this address. "
        "Wait a few minutes, or sign up and send your own."
    ),
    "upload:user:junk-skipped": _(
        "Skipped, since systems put them into archives by themselves (such as __MACOSX): {n_files}."
    ),
    "upload:user:extension": _(
        "Files ending in “{extension}” are not accepted. Send one of {formats}."
    ),
    "upload:user:no-extension": _(
        "The file name has no ending that tells what kind of file it is. Send one of {formats}."
    ),
    "upload:user:path-in-name": _(
        "The file name contains a folder (a slash or backslash). Rename the file and send it again."
    ),
    "upload:user:request-too-big": _(
        "The files are too big to be sent at once. Send them in several goes."
    ),
    "audio:user:missing": _(
        "The recording can’t be opened ({reason}), so it can’t be recognized. Send the file again."
    ),
    "audio:user:empty": _("The file is empty (0 bytes). Check the original and send it again."),
    "audio:user:not-audio": _(
        "This is not an audio file we know, whatever its name says. Send one of {formats}."
    ),
    "audio:user:unreadable": _(
        "The file begins like {container}, but it can’t be decoded ({reason}). "
        "Save it anew with another program and send it again."
    ),
    "audio:user:truncated": _(
        "The {container} file is cut off: it promises {expected} {unit} but holds {found}. "
        "Copy or download the original again."
    ),
    "audio:user:too-large": _(
        "The file has {n_bytes_mb:.1f} MB, at most {limit_bytes_mb:.0f} MB are allowed. "
        "Shorten it or save it as MP3 or OGG."
    ),
    "audio:user:too-short": _(
        "The clip lasts {duration_s:.2g} s, at least {limit_s:.2g} s are needed. "
        "Send a longer recording."
    ),
    "audio:user:too-long": _(
        "The clip lasts {duration_s:,.0f} s or more, at most {limit_s:,.0f} s are allowed. "
        "Cut it into shorter pieces."
    ),
    "audio:user:not-finite": _(
        "The recording holds values that are no numbers (NaN or infinity). Export it anew."
    ),
    "audio:user:no-audio-track": _(
        "The {container} file has no {allowed} sound track. Send a recording with sound."
    ),
    "audio:user:no-speech": _(
        "No speech was found: {speech_s:.2f} s of the clip sound like speech, "
        "at least {limit_s:.2f} s are needed. Check the microphone and record again."
    ),
    "dataset:user:missing": _("There is no list of recordings at {path}. Import a corpus first."),
    "dataset:user:not-csv": _(
        "The table {path} can’t be read ({reason}). Save it as CSV in UTF-8."
    ),
    "dataset:user:columns": _("The manifest {path} has no column “{column}”. Add it."),
    "dataset:user:emotion": _(
        "Row {row} of {path} has the emotion “{found}”, which is none of the eight. Correct it."
    ),
    "dataset:user:fold": _("Row {row} of {path} has the fold “{found}”. Give a whole number."),
    "dataset:user:path": _(
        "Row {row} of {path} names the file “{found}”. "
        "Paths are relative to the manifest’s folder and stay inside it."
    ),
    "dataset:user:speaker": _(
        "Row {row} of {path} names no speaker. Without speakers no fair split."
    ),
    "dataset:user:duration": _(
        "Row {row} of {path} has the duration “{found}”. Give seconds above 0, or leave it empty."
    ),
    "dataset:user:two-labels": _(
        "Row {row} of {path} labels “{found}” otherwise than an earlier row. Keep one of them."
    ),
    "dataset:user:no-folder": _("There is no folder {path}. Check its name."),
    "dataset:user:table": _(
        "The folder {path} has none of the tables {tables}. Choose the folder that holds them."
    ),
    "dataset:user:nothing-usable": _(
        "None of the {found} files in {path} is a usable recording of {corpus}. "
        "Check the folder and the name of the corpus."
    ),
    "dataset:user:outside": _(
        "The recordings in {path} don’t lie below {folder}. Put the manifest above them."
    ),
    "dataset:user:unwritable": _(
        "The file {path} can’t be written ({reason}). Choose another place."
    ),
    "dataset:user:corpora": _(
        "The manifest has no corpus {found}; it has {known}. Choose of these."
    ),
    "dataset:user:recording": _(
        "The recording {path} can’t be used. {reason} Take it off the list."
    ),
    "dataset:user:no-rows": _("No recording is left for {what}. Choose other corpora or folds."),
    "dataset:user:speakers": _(
        "The split for {what} needs at least {limit} speakers but has {found}. Add recordings of "
        "other people."
    ),
    "dataset:user:folds": _(
        "The data can’t be split by fold {fold}: there are the folds {found}, at least three are "
        "needed, and {count} recordings have none."
    ),
    "dataset:user:shared-speakers": _(
        "{count} speakers are in more than one part of the split: {speakers}. "
        "Give each speaker one fold."
    ),
    "dataset:user:seen-speakers": _(
        "The model was trained on {count} of these speakers, so a score on them would be worth "
        "nothing: {speakers}."
    ),
    "report:user:unwritable": _(
        "The report can’t be written to {path} ({reason}). Choose another place."
    ),
    "recognition:app:gave-up": _(
        "The recognition was broken off {attempts} times, so it was given up. "
        "The clip is kept: try again later, and tell the administrator if it happens again."
    ),
    "explanation:user:no-result": _(
        "This clip has no result yet, so there is nothing to explain. Wait until it is recognized."
    ),
    "explanation:app:other-model": _(
        "The result came from the model {predicted_by}, which does not serve any more; "
        "only results of {serving} can be explained."
    ),
    "explanation:app:gave-up": _(
        "The explanation was broken off {attempts} times, so it was given up. "
        "Ask for it again later, and tell the administrator if it happens again."
    ),
    "portrait:app:gave-up": _(
        "Drawing the clip was broken off {attempts} times, so it was given up. "
        "Open the page again later, and tell the administrator if it happens again."
    ),
    "describe:user:no-name": _("A clip needs a name that can be read. Type one and save again."),
    "describe:user:name-too-long": _(
        "The name has {found} characters, at most {limit} are allowed. Shorten it."
    ),
    "describe:user:note-too-long": _(
        "The note has {found} characters, at most {limit} are allowed. Shorten it."
    ),
    "describe:user:name-changed": _(
        "The name was changed meanwhile, perhaps in another tab: it is “{found}” now. "
        "Save again to replace it by yours."
    ),
    "describe:user:note-changed": _(
        "The note was changed meanwhile, perhaps in another tab. It now says “{found}”. "
        "Save again to replace it by yours."
    ),
    "describe:user:no-tag": _("No tag was given. Give at least one, of signs that can be seen."),
    "describe:user:tag-too-long": _(
        "The tag “{tag}…” has {found} characters, at most {limit} are allowed. Shorten it."
    ),
    "describe:user:too-many-tags": _(
        "The clip would have {found} tags, at most {limit} are allowed. Remove one first."
    ),
    "correct:user:emotion": _("“{found}” is none of the eight emotions. Choose one of them."),
    "correct:user:no-result": _(
        "This clip has no result yet, so there is nothing to correct. Wait until it is recognized."
    ),
    "review:user:emotion": _("“{found}” is none of the eight emotions. Choose one of them."),
    "review:user:no-reason": _(
        "Say why you skip the clip, so that others can tell what is the matter with it."
    ),
    "review:user:withdrawn": _(
        "This clip can’t be reviewed any more: its owner has deleted it or withdrawn the consent. "
        "What you chose was not kept."
    ),
    "review:user:settled": _("This clip has been settled meanwhile. What you chose was not kept."),
    "review:user:twice": _("You have said something of this clip already. Undo that first."),
    "review:user:claimed": _(
        "Another reviewer works on this clip: you had it for too long. What you chose was not kept."
    ),
    "review:user:not-held": _(
        "Another reviewer works on this clip, and you don’t hold it. Take another one. "
        "What you chose was not kept."
    ),
    "review:user:nothing-to-undo": _("There is nothing left that you could take back."),
    "agreement:app:gave-up": _(
        "Measuring the agreement was broken off {attempts} times, so it was given up. "
        "Try again, and tell the administrator if it happens again."
    ),
    "review:user:reason-too-long": _(
        "The reason has {found} characters, at most {limit} are allowed. Shorten it."
    ),
    "retrain:user:under-way": _("Training {run} is under way already. Wait until it has ended."),
    "retrain:user:no-examples": _(
        "No clip is settled by reviewers of people who consent to training, so there is nothing to "
        "learn. Review some clips first."
    ),
    "retrain:app:unreadable": _(
        "None of the {n_clips} settled clips can be read: their files are damaged or missing. Have "
        "a look at the media storage."
    ),
    "retrain:user:one-speaker": _(
        "All {n_clips} settled clips are of one person. A model would learn that voice instead of "
        "emotions. Review clips of other people, or add corpora."
    ),
    "retrain:user:one-emotion": _(
        "All {n_clips} settled clips have one emotion, {emotion}. A model would learn to say "
        "nothing else. Review clips with other emotions, or add corpora."
    ),
    "retrain:user:withdrawn": _(
        "While the model was trained, {n_clips} of the clips were withdrawn by their owners. What "
        "was learned from them is thrown away. Start the training again: it goes without them."
    ),
    "retrain:user:interrupted": _(
        "The training was stopped. It goes on where it was with retrain --resume."
    ),
    "retrain:user:nothing-to-resume": _("No training was broken off, so there is none to resume."),
    "retrain:user:no-corpora-split": _(
        "Training from scratch needs recordings of at least {limit} people, there are {found}. Add "
        "corpora, or fine-tune the serving model."
    ),
    "retrain:app:lock-lost": _(
        "The connection to the database was lost during the training, so that another one could "
        "have begun. It goes on where it was with retrain --resume."
    ),
    "retrain:app:gave-up": _(
        "The training was broken off {attempts} times, so it was given up. Look into the log of "
        "the training worker; it goes on where it was with retrain --resume."
    ),
    "retrain:app:disk": _(
        "The model can’t be written ({reason}). Make room; the training goes on where it was with "
        "retrain --resume."
    ),
    "promote:user:unknown": _("There is no model version {found}."),
    "promote:user:serving": _("This version serves already."),
    "promote:user:removed": _(
        "The files of this version were removed to save room, so it can’t serve any more."
    ),
    "promote:user:no-verdict": _(
        "This version was never compared with the serving one, so it may not serve. "
        "Give a reason to force it."
    ),
    "promote:user:verdict": _(
        "The comparison with the serving version says “{outcome}”, so it may not serve. "
        "Give a reason to force it."
    ),
    "promote:user:outdated": _(
        "This version was compared with {judged_against}, but {serving} serves now. Train again, "
        "or give a reason to force it."
    ),
    "promote:user:rolled-back": _(
        "This version was rolled back from after it was compared, so that comparison does not "
        "count any more. Train again, or give a reason to force it."
    ),
    "promote:user:withdrawn": _(
        "{n_clips} of the clips that this version learned from have been withdrawn or deleted "
        "since. Train again without them, or give a reason to force it."
    ),
    "promote:user:nothing-before": _(
        "Nothing served before this version, so nothing can come back."
    ),
    "promote:user:share": _("The share of clips is {found}; give a number from 0 to 1."),
    "promote:user:no-challenger": _(
        "Only a candidate can listen in the shadow of the serving model."
    ),
    "bundle:app:missing": _("The model’s folder has no file {path}."),
    "bundle:app:corrupt": _("The model’s file {path} is damaged: {reason}."),
    "bundle:app:other": _(
        "The files in the model’s folder are another model’s: {found}, not {expected}."
    ),
    "bundle:app:format-version": _(
        "The model has the format {found}; this program reads the format {expected}."
    ),
    "bundle:app:labels": _("The model has the labels {found}, which are not known here."),
    "bundle:app:too-large": _(
        "The model has {n_bytes_mb:.1f} MB; {limit_bytes_mb:.0f} are allowed."
    ),
    "bundle:app:export-differs": _(
        "The exported network differs from the trained one by {difference:.3g}; at most "
        "{limit:.3g} is allowed."
    ),
    "bundle:app:unreadable": _("The model’s files can’t be opened: {reason}."),
    "training:app:not-finite": _(
        "The loss became {loss} in epoch {epoch}, so the training was stopped."
    ),
    "share:user:period": _(
        "A link can work for 1, 7 or 30 days, not for {found}. Choose one of these."
    ),
    "share:user:unknown": _(
        "There is no such link. Check that it was copied whole, or ask for a new one."
    ),
    "share:user:expired": _("This link was made for a while, and that is over. Ask for a new one."),
    "share:user:withdrawn": _("Whoever made this link has withdrawn it. Ask for a new one."),
    "share:user:deleted": _("The clip that this link led to has been deleted."),
    "erase:user:purged": _(
        "This can’t be undone any more: the time for it is over, and the clips are gone for good."
    ),
    "erase:user:nothing-to-undo": _(
        "There is nothing left to undo: the clips are back already, or gone for good. "
        "Your history shows which."
    ),
    "account:user:password": _("This is not your password."),
    "account:app:files-left": _(
        "{n_clips} of your recordings could not be removed, so the account is still there. "
        "Try again, and tell the administrator if it happens again."
    ),
    "compare:user:number": _(
        "Two to four different clips can be put side by side, but {n_clips} were chosen. "
        "Choose others and try again."
    ),
}


def sentence(code: str, details: Mapping[str, str | int | float]) -> str:
    """What was wrong and what to do, with the numbers of this case."""
    megabytes = {
        f"{name}_mb": value / 1_000_000
        for name, value in details.items()
        if isinstance(value, int | float)
    }
    values = {"formats": FORMATS, **details, **megabytes}
    return LocalFormatter().format(str(SENTENCES[code]), **values)


class LocalFormatter(Formatter):
    """Figures with the marks of the reader's language: 0.1 s, 0,1 s."""

    def format_field(self, value: object, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        if not isinstance(value, int | float):
            return text
        marks = {".": get_format("DECIMAL_SEPARATOR"), ",": get_format("THOUSAND_SEPARATOR")}
        return text.translate(str.maketrans(marks))
