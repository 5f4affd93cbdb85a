"""What stands in a scorecard's file: the types that read it, write it and make its schema."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

FORMAT: Final = 1
"""Of the file. A greater one was written by a newer version of the program."""
MOST_POINTS: Final = 100.0
_MOST_VALUE: Final = 1e9
_MOST_EDGES: Final = 65_536

Points = Annotated[float, Meta(ge=-MOST_POINTS, le=MOST_POINTS)]
"""Log-odds; tables are centred, so 0 is what a pupil with nothing to report gets."""
Edge = Annotated[float, Meta(ge=-_MOST_VALUE, le=_MOST_VALUE)]
Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(ge=0, le=_MOST_VALUE)]
Finite = Annotated[float, Meta(ge=-_MOST_VALUE, le=_MOST_VALUE)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Meta(max_length=4096)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field that nobody knows may change a meaning: it is refused."""


class Label(_Strict, frozen=True):
    """What is foreseen."""

    name: Literal["absence", "left"]
    within_days: Annotated[int, Meta(ge=1, le=1000)]
    """School days ahead for `absence`, calendar days for `left`."""
    definition: Text


class Table(_Strict, frozen=True):
    """Points of one pattern: ``values[i]`` up to and including ``edges[i]``, the last beyond."""

    pattern: Name
    monotone: Literal["rising", "falling"] | None
    """What is promised: with a greater value the points never fall, or never rise."""
    edges: Annotated[tuple[Edge, ...], Meta(max_length=_MOST_EDGES)]
    values: Annotated[tuple[Points, ...], Meta(min_length=1, max_length=_MOST_EDGES + 1)]
    missing: Points
    """Points of a null."""
    weight: Rate
    """Standard deviation of the points over the rows of the training: how much it tells apart."""


class Calibration(_Strict, frozen=True):
    """How log-odds were calibrated on rows held out; the tables and the intercept contain it."""

    method: Literal["platt"]
    slope: Annotated[float, Meta(gt=0, le=_MOST_VALUE)]
    intercept: Finite
    rows: Count


class Choice(_Strict, frozen=True):
    """What a threshold would mean, counted on rows held out."""

    score: Share
    alerts_per_mentor_week: Rate
    precision: Share | None
    """Share of the alerts that came true; null where there were none."""
    recall: Share | None
    """Share of the pupils for whom it came true who had an alert before; null for no pupil."""


class Threshold(_Strict, frozen=True):
    """The score from which a pupil's level is tier 2."""

    score: Share
    wished_alerts_per_mentor_week: Rate
    trade_off: Annotated[tuple[Choice, ...], Meta(max_length=1000)]


class Settings(_Strict, frozen=True):
    """What was chosen on rows later than those it was fitted on."""

    iterations: Count
    learning_rate: Rate
    max_leaf_nodes: Count
    min_samples_leaf: Count
    l2_regularization: Rate


class Training(_Strict, frozen=True):
    """Facts of the data and of the fit."""

    rows: Count
    positives: Count
    pupils: Count
    schools: Count
    first_day: Date
    last_day: Date
    every: Count
    seed: Count
    settings: Settings
    versions: dict[Name, Name]


class Figures(_Strict, frozen=True):
    """How well rows were told apart that the fit had not seen."""

    rows_of: Literal["later", "unseen schools", "later, unseen schools"]
    rows: Count
    positives: Count
    pupils: Count
    schools: Count
    first_day: Date
    last_day: Date
    auc: Share | None
    precision_at_5_percent: Share | None
    precision_at_10_percent: Share | None
    precision_at_20_percent: Share | None
    brier: Share | None


class Baseline(_Strict, frozen=True):
    """Logistic regression on rate and spells, fitted on the same rows: what is to be beaten."""

    coefficients: dict[Name, Finite]
    intercept: Finite


class Content(_Strict, frozen=True, kw_only=True):
    """All of a file but its checksum."""

    format: Annotated[int, Meta(ge=1, le=FORMAT)]
    simulated: bool
    label: Label
    intercept: Points
    tables: Annotated[tuple[Table, ...], Meta(max_length=1000)]
    calibration: Calibration
    threshold: Threshold
    training: Training
    evaluation: Annotated[tuple[Figures, ...], Meta(max_length=100)]
    verdict: Text
    """What `evaluation` comes to, in one sentence."""
    baseline: Baseline


class Document(Content, frozen=True, kw_only=True):
    """A whole file."""

    sha256: Sha256
    """Over the canonical content: `models.scorecard.file.canonical`."""


def schema() -> dict[str, Any]:
    """Make the JSON Schema (draft 2020-12) of a file.

    >>> schema()["title"]
    'Scorecard'
    """
    made = msgspec.json.schema(Document)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:gemist:scorecard",
        "title": "Scorecard",
        "description": "A model as tables. A score is 1 / (1 + exp(-(intercept + the sum of one"
        " value a table))). Beyond this schema: patterns are known and named once, edges ascend,"
        " there is one value more than edges, values keep the promise of `monotone`, and sha256"
        " is that of the content.",
        **made,
    }
