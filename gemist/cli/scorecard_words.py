"""What ``gemist scorecard`` says around the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alerts.words import Language


@dataclass(frozen=True, slots=True)
class _Card:
    simulated: str
    use: str
    limits: str


CARD: Final = _Card(
    simulated="Trained on simulated pupils: it says nothing about real ones, and no figure of it is"
    " evidence. For demonstrations only.",
    use="That a mentor looks earlier at who may be about to be missed. A person decides; it opens"
    " alerts of kind attendance alone, and nothing of it reaches the attendance officer.",
    limits="It knows marks in registers and who left, and nothing of why. It holds for schools that"
    " record as those of the training did; train and evaluate anew each year. A score is a share of"
    " pupils like this one, never a fact about this one.",
)


@dataclass(frozen=True, slots=True)
class _Explain:
    score: str
    labels: Mapping[str, str]
    reaches: str
    below: str
    simulated: str
    nothing: str
    raising: str
    lowering: str
    without: str


EXPLAIN: Final = {
    Language.ENGLISH: _Explain(
        score="{pupil} at {school}, as of {day}: of pupils with such figures {score} {label}",
        labels={
            "left": "leave within {} days",
            "absence": "go on to miss a tenth or more of the next {} school days",
        },
        reaches="this reaches the threshold of {}: reason to look, tier 2",
        below="below the threshold of {}: no alert by the scorecard",
        simulated="trained on simulated pupils: it says nothing about real ones",
        nothing="with nothing to report it would be {}",
        raising="What raises it, in points:",
        lowering="What lowers it:",
        without="without it {}",
    ),
    Language.DUTCH: _Explain(
        score="{pupil} op {school}, op {day}: van leerlingen met zulke cijfers {label} {score}",
        labels={
            "left": "vertrekt binnen {} dagen",
            "absence": "mist daarna een tiende of meer van de volgende {} schooldagen:",
        },
        reaches="dat haalt de drempel van {}: reden om te kijken, niveau 2",
        below="onder de drempel van {}: geen signaal van de scorekaart",
        simulated="getraind op verzonnen leerlingen: het zegt niets over echte",
        nothing="met niets te melden zou het {} zijn",
        raising="Wat het verhoogt, in punten:",
        lowering="Wat het verlaagt:",
        without="zonder dit {}",
    ),
}
