"""Errors of the application that a user can cause; those of a recording are mlcore's AudioError."""

from collections.abc import Iterable
from uuid import UUID

from mlcore.errors import SersiteError


class UploadError(SersiteError):
    """A file that is refused before its content is looked at."""


class ExplanationError(SersiteError):
    """An explanation that was asked for and can't be had."""


class ActionError(SersiteError):
    """What an owner wanted to do with a clip and can't."""


class DescribeError(ActionError):
    """A name, note or tag that is refused."""


class CorrectionError(ActionError):
    """A correction that is refused."""


class ShareError(ActionError):
    """A link that can't be made, or does not work (any more)."""


class EraseError(ActionError):
    """A deletion that can't be undone."""


class SelectionError(ActionError):
    """Clips to be changed together, of which some are not there for their owner."""

    def __init__(self, missing: Iterable[UUID]) -> None:
        self.missing = [str(clip_id) for clip_id in missing]
        super().__init__("selection:user:unknown", {"n_clips": len(self.missing)})


class CompareError(ActionError):
    """Clips that can't be put side by side."""


class ReviewError(ActionError):
    """What a reviewer wanted to say of a clip and can't (any more)."""


class AccountError(SersiteError):
    """What a person wanted of the account and can't be done."""


class RetrainError(SersiteError):
    """A training that can't begin, or that left no model."""


class PromoteError(SersiteError):
    """A model version that may not serve."""


class TokenError(SersiteError):
    """A token for programs that can't be made."""
