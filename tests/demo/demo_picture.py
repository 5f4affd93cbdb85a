"""Draws docs/pictures/demo.png and demo-nl.png: the demo in a terminal, on its fourth day.

Run again after a change: ``python tests/demo/demo_picture.py`` (needs chromium).
"""

import io
import re
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from rich.console import Console

from alerts.words import Language
from gemist.clock import stopwatch
from gemist.demo.ending import ending_by_signals
from gemist.demo.mail_page import showing
from gemist.demo.plan import DemoPlan
from gemist.demo.play import Play, running
from gemist.demo.scene import Scene
from gemist.demo.terminal import Terminal
from gemist.demo.view import view

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
NAMES = {Language.ENGLISH: "demo.png", Language.DUTCH: "demo-nl.png"}
DAY, HOUR = 4, 10
COLUMNS, LINES = 120, 40


class Painter(Terminal):
    """Plays without a terminal until its moment has come, and keeps that."""

    def __init__(self, ending, say):
        super().__init__(Console(file=io.StringIO()), say)
        self._ending = ending
        self.svg = ""

    def draw(self, scene):
        if not self.svg and scene.day == DAY and scene.local.hour >= HOUR:
            console = Console(
                width=COLUMNS,
                height=LINES,
                file=io.StringIO(),
                record=True,
                force_terminal=True,
                color_system="truecolor",
            )
            console.print(view(scene), height=LINES)
            self.svg = console.export_svg(title="gemist demo")
            self._ending.set()


def paint(language, picture):
    plan = DemoPlan(pupils=1200, schools=3, seed=4)
    scene = Scene(3, 1200, language)
    with tempfile.TemporaryDirectory() as made, ending_by_signals() as ending:
        folder, stage, beginning = Path(made), Painter(ending, scene.say), plan.beginning()
        with (
            running(folder / "node", plan.schools, beginning.ends, None) as node,
            showing(node.mailbox, scene.whom, scene.say) as scene.mail_page,
            closing(Play(node, scene, stage, ending)) as play,
        ):
            play.wait_until_ready(stopwatch())
            play.load(plan, beginning)
            play.live(plan.live(DAY), 10, 6.0)
        drawn = folder / "demo.svg"
        drawn.write_text(stage.svg, encoding="utf-8")
        width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', stage.svg).groups()
        subprocess.run(
            [
                shutil.which("chromium"),
                *("--headless", "--no-sandbox", "--hide-scrollbars"),
                "--default-background-color=00000000",
                f"--window-size={round(float(width))},{round(float(height))}",
                f"--screenshot={picture}",
                drawn.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    for language, name in NAMES.items():
        paint(language, PICTURES / name)
