"""What people send."""

from recognition.forms.clips import ConsentForm, UploadForm

__all__ = ["ConsentForm", "UploadForm"]
