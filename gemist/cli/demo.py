"""``gemist demo``: a simulated district in fast motion, through a real node."""

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from alerts.words import Language
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import scorecard_or_exit
from gemist.clock import stopwatch

_INTERRUPTED = 130


def demo(
    *,
    days: Annotated[int, typer.Option(min=1, max=60, help="Live school days.")] = 10,
    exit_: Annotated[
        bool, typer.Option("--exit", help="End after them; else the node stays up until Ctrl-C.")
    ] = False,
    day_seconds: Annotated[
        float, typer.Option(min=0.5, max=3600, help="How long a school day takes.")
    ] = 6.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same district.")] = 4,
    schools: Annotated[int, typer.Option(help="Schools.")] = 3,
    pupils: Annotated[int, typer.Option(help="Pupils in all.")] = 1200,
    scorecard: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Score pupils too; simulated: one trained on simulated pupils."
        ),
    ] = None,
    language: Annotated[
        Language, typer.Option(help="English or Dutch: what is shown, and the mail.")
    ] = Language.ENGLISH,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the node's data here; else nothing is left."),
    ] = None,
) -> None:
    """Show a simulated district in fast motion: registers in, alerts and mail out, answers back.

    A node is started in a temporary folder; invented schools send their registers to its HTTP
    door, and what is shown is what the node kept and told. Its mail stays on this machine, and
    can be read and answered in a browser. No pupil in it is real.
    """
    passed = stopwatch()
    # The node takes a second to import, and most other commands do not need it.
    from alerts.desk.database import DeskError  # noqa: PLC0415
    from gemist.demo.ending import ending_by_signals  # noqa: PLC0415
    from gemist.demo.mail_page import showing  # noqa: PLC0415
    from gemist.demo.plan import DemoPlan  # noqa: PLC0415
    from gemist.demo.play import Play, running  # noqa: PLC0415
    from gemist.demo.scene import Scene  # noqa: PLC0415
    from gemist.demo.sender import DemoError  # noqa: PLC0415
    from gemist.demo.show import how_to_go_on, stage_for  # noqa: PLC0415
    from gemist.logs import log_to_stderr  # noqa: PLC0415
    from streams.embedded.folder import FolderError  # noqa: PLC0415

    try:
        plan = DemoPlan(pupils=pupils, schools=schools, seed=seed)
    except ValueError as error:
        refuse(str(error))
    card = scorecard_or_exit(scorecard)
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        refuse(f"--keep {keep}: must be a new or empty folder")
    log_to_stderr(logging.ERROR)
    scene = Scene(schools, pupils, language)
    try:
        with (
            ending_by_signals() as ending,
            _folder(keep) as folder,
            stage_for(sys.stdout, scene.say) as stage,
        ):
            beginning = plan.beginning()
            with (
                running(folder, plan.schools, beginning.ends, card) as node,
                showing(node.mailbox, scene.whom, scene.say) as scene.mail_page,
                closing(Play(node, scene, stage, ending)) as play,
            ):
                play.wait_until_ready(passed)
                play.load(plan, beginning)
                play.live(plan.live(days), days, day_seconds)
                is_whole = not ending.is_set()
                stays = is_whole and not exit_
                if scene.day:
                    stage.end(scene, how_to_go_on(node, scene) if stays else [])
                if stays:
                    play.stay()
    except (FolderError, DeskError, DemoError) as error:
        refuse(str(error))
    if exit_ and not is_whole:
        raise typer.Exit(_INTERRUPTED)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder for the node's data: a temporary one, unless it is to be kept."""
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="gemist-demo-") as folder:
        yield Path(folder)
