"""What people send."""

from recognition.forms.clips import ConsentForm, SpeakerForm, UploadForm

__all__ = ["ConsentForm", "SpeakerForm", "UploadForm"]
