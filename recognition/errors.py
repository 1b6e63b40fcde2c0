"""Errors of the application that a user can cause; those of a recording are mlcore's AudioError."""

from mlcore.errors import SersiteError


class UploadError(SersiteError):
    """A file that is refused before its content is looked at."""


class ExplanationError(SersiteError):
    """An explanation that was asked for and can't be had."""
