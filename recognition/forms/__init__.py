"""What people send."""

from recognition.forms.clips import SpeakerForm, UploadForm

__all__ = ["SpeakerForm", "UploadForm"]
