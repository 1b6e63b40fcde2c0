"""What the filters of clips take, in words."""

from recognition.api.descriptions.parts import parameters_of
from recognition.forms.history import HistoryForm

SINCE = "The first day, in the time zone of your account."
UNTIL = "The last day, all of it, in the time zone of your account."
OF_CLIPS = parameters_of(
    HistoryForm,
    {
        "q": "Words of name or note, or how they begin: all of them have to be there.",
        "sort": "Which clips come first: `newest` if nothing is said.",
        "emotion": (
            "The label that counts: what reviewers settled, else your correction, else what the "
            "model heard. Named more than once, any of them fits."
        ),
        "heard": "What the model heard, whatever counts.",
        "min": "The least confidence of the model, in whole percent.",
        "max": "The greatest confidence of the model, in whole percent.",
        "sure": "Whether the confidence reached what its model counts as sure.",
        "since": f"When it was handed in. {SINCE}",
        "until": f"When it was handed in. {UNTIL}",
        "state": "How far it is.",
        "tag": "The id of one of your tags, as `list_tags` gives it.",
        "corrected": "Whether you corrected what the model heard.",
        "reviewed": "Whether reviewers settled the label.",
        "batch": "The id of one of your batches, as `list_batches` gives it.",
    },
)
