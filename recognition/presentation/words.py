"""Words that a page's script says: translated here, filled in there."""

from django.utils.translation import gettext as _


def upload_words() -> dict[str, str]:
    return {**sending_words(), **recording_words()}


def sending_words() -> dict[str, str]:
    return {
        "upload": _("Upload"),
        "upload-many": _("Upload {n} files"),
        "sending": _("Sending…"),
        "chosen-one": _("1 file chosen"),
        "chosen-many": _("{n} files chosen"),
        "too-large": _("{size}, too large"),
        "too-many": _("{n} files were chosen, at most {limit} can be sent at once."),
        "waiting": _("waiting"),
        "progress": _("{percent} %"),
        "progress-of": _("Progress of {name}"),
        "checking": _("checking…"),
        "sent": _("accepted"),
        "sent-many": _("{n} clips accepted"),
        "judged": _("{n} of {all} judged"),
        "open": _("Open"),
        "canceled": _("canceled"),
        "cancel": _("Cancel"),
        "cancel-of": _("Cancel {name}"),
        "retry": _("Try again"),
        "retry-of": _("Try {name} again"),
        "show": _("Show the clip"),
        "keep": _("Keep it nevertheless"),
        "network": _("The connection broke off. Try again."),
        "signed-out": _("You are signed out. Sign in again in another tab, then try again."),
        "too-big": _("The server refuses so large a file."),
        "server": _("The server could not take it ({status}). Try again."),
        "total": _("{done} of {n} files sent"),
        "finished": _("All files are sent: {accepted} accepted, {failed} not."),
        "results": _("See the results"),
    }


def recording_words() -> dict[str, str]:
    return {
        "send-recording": _("Send the recording"),
        "nothing-recorded": _("Nothing is recorded yet. Press “Start recording” first."),
        "insecure": _(
            "Browsers let a page use the microphone only over HTTPS. Open this site by its "
            "https:// address, or send a file instead."
        ),
        "unsupported": _("This browser can’t record. Send a file instead."),
        "denied": _(
            "The microphone may not be used: permission was denied. Allow it for this page in the "
            "browser’s address bar, then try again."
        ),
        "no-device": _("No microphone was found. Plug one in, then try again."),
        "busy": _("The microphone can’t be opened. Another program may be using it."),
        "asking": _("Waiting for your permission to use the microphone…"),
        "recording": _("Recording."),
        "paused": _("Paused."),
        "paused-at": _("The recording is paused at {time}."),
        "waits": _("Your recording of {time} is not sent yet."),
        "broken": _("The recording could not be finished, so nothing was kept. Record again."),
        "ready": _("Recorded {time}. Listen to it, then send it."),
        "silent-so-far": _("Nothing is heard so far. Is this the right microphone, and is it on?"),
        "silent": _(
            "The recording is silent: no sound arrived. Check that the right microphone is "
            "chosen and not muted, then record again."
        ),
        "too-short": _("That was too short: at least {min} seconds are needed. Record again."),
        "ends-soon": _("The recording ends by itself in {n} seconds."),
        "ended": _("The longest length is reached, so the recording was ended."),
        "lost": _("The microphone was disconnected, so the recording was ended."),
        "pause": _("Pause"),
        "resume": _("Go on"),
        "device": _("Microphone {n}"),
        "file-name": _("recording {when}"),
    }
