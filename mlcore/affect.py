"""Where an answer lies between unpleasant and pleasant, and between drowsy and excited.

References
----------
Warriner, Kuperman and Brysbaert, "Norms of valence, arousal, and dominance for 13,915 English
lemmas", Behavior Research Methods 45, 2013, doi:10.3758/s13428-012-0314-x. The numbers are the
columns V.Mean.Sum and A.Mean.Sum of its published table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# How people rated the word for each emotion, from 1 (unhappy, calm) to 9 (happy, excited).
RATINGS: dict[str, tuple[float, float]] = {
    "neutral": (5.50, 3.45),
    "calm": (6.89, 1.67),
    "happy": (8.47, 6.05),
    "sad": (2.10, 3.49),
    "angry": (2.53, 6.20),
    "fearful": (2.66, 5.45),
    "disgust": (2.68, 4.89),  # rated as "disgusted", how somebody feels, like the others
    "surprised": (6.57, 5.95),
}
MIDDLE, HALF_RANGE = 5.0, 4.0


@dataclass(frozen=True)
class Affect:
    """A point of the plane that emotions are spread over.

    Parameters
    ----------
    valence : float
        From -1 (unpleasant) to 1 (pleasant).
    arousal : float
        From -1 (drowsy) to 1 (excited).
    """

    valence: float
    arousal: float


def affect_of(posteriors: Mapping[str, float]) -> Affect:
    """Average the places of the emotions, each weighted by its posterior.

    It says no more than the posteriors do: no network was trained to hear valence or arousal,
    and the ratings are of words on a page. A neutral voice is rated drowsier than the middle.

    Parameters
    ----------
    posteriors : mapping of str to float
        By emotion, summing to 1.

    Returns
    -------
    Affect
    """
    valence = sum(share * RATINGS[emotion][0] for emotion, share in posteriors.items())
    arousal = sum(share * RATINGS[emotion][1] for emotion, share in posteriors.items())
    return Affect((valence - MIDDLE) / HALF_RANGE, (arousal - MIDDLE) / HALF_RANGE)
