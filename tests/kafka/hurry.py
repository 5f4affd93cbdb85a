"""Prometheus' files with every duration divided by a number: what takes an hour takes a minute.

Windows, offsets, waiting times and intervals change, and nothing else: thresholds, labels and
expressions are those that are deployed. So alarms that look back for hours can be seen within a
test, and a test that runs in such time says something about the rules that there are.
"""

import re
from fractions import Fraction

_MILLISECONDS = {
    "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
}  # fmt: skip
_PART = r"\d+(?:ms|[smhdw])"
DURATION = re.compile(rf"(?<![\w.])(?:{_PART})+(?![\w.])")
"""As Prometheus writes one: ``30s``, ``1h30m``; not the end of a name such as ``increase1d``."""
_SAID = {"annotations", "labels", "exp_labels", "exp_annotations", "input_series", "exp_samples"}
"""What is below these keys is text and numbers, not time."""


def milliseconds(duration):
    """How long a duration is that stands in a rule or a configuration."""
    return sum(
        int(number) * _MILLISECONDS[unit]
        for number, unit in re.findall(r"(\d+)(ms|[smhdw])", duration)
    )


def hurried_text(text, factor):
    """Divide the durations in an expression; one that does not come out even is an error."""

    def shorter(found):
        short = Fraction(milliseconds(found[0]), factor)
        assert short.denominator == 1, f"{found[0]} by {factor} is no whole number of milliseconds"
        return f"{short.numerator}ms"

    return DURATION.sub(shorter, text)


def hurried(document, factor):
    """Divide all durations of a file of rules, of tests of rules, or of a configuration."""
    match document:
        case dict():
            return {
                key: value if key in _SAID else hurried(value, factor)
                for key, value in document.items()
            }
        case list():
            return [hurried(each, factor) for each in document]
        case str():
            return hurried_text(document, factor)
        case _:
            return document
