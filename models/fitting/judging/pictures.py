"""Pictures with two axes, as coordinates of an SVG of 360 by 330."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 344.0, 10.0, 280.0
_TICKS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
_MOST_TICKS: Final = 5


def _x(share: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * share, 1)


def _y(share: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)


def curve_path(across: Sequence[float], up: Sequence[float]) -> str:
    """Draw a line through points given as shares of the axes."""
    points = (f"{_x(one)} {_y(other)}" for one, other in zip(across, up, strict=True))
    return "M" + "L".join(points)


def calibration_picture(calibration: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Place the bins' points and intervals, and the axes' ticks; both axes have one scale."""
    if calibration is None:
        return None
    bins = calibration["bins"]
    most = max(max(each["said"], each["came_true"]["high"] or 0.0) for each in bins) * 1.05 or 1.0
    step = next((tick for tick in _TICKS if most / tick <= _MOST_TICKS), _TICKS[-1])
    ticks = [step * each for each in range(int(most / step) + 1)]
    return {
        "ticks": [
            {"x": _x(tick / most), "y": _y(tick / most), "words": f"{100 * tick:.3g} %"}
            for tick in ticks
        ],
        "points": [
            {
                "x": _x(each["said"] / most),
                "y": _y((each["came_true"]["value"] or 0.0) / most),
                "low": _y((each["came_true"]["low"] or 0.0) / most),
                "high": _y((each["came_true"]["high"] or 0.0) / most),
                "words": f"{each['rows']:,} rows: said {100 * each['said']:.1f} %,"
                f" came true {100 * (each['came_true']['value'] or 0.0):.1f} %",
            }
            for each in bins
        ],
    }
