"""A district of invented pupils, as a log of events.

It is there to try the program on something of any size: machinery, speed, floods, snow. It is
calibrated on published aggregates (absence over pupils, influenza over classes), and **no accuracy
on simulated pupils is evidence about real ones**.

:func:`simulate` is pure: numbers in, bytes out, nothing read and no clock asked.
"""

from models.simulator.district import Block, simulate
from models.simulator.plan import DEFAULT_START, Plan, Style

__all__ = ["DEFAULT_START", "Block", "Plan", "Style", "simulate"]
