"""Which stage a demo has, and what people are told when its last day is over."""

from typing import TextIO

from rich.console import Console

from gemist.demo.plain import Plain
from gemist.demo.play import Running
from gemist.demo.scene import Scene
from gemist.demo.speech import Speech
from gemist.demo.stage import Stage
from gemist.demo.terminal import Terminal


def stage_for(output: TextIO, say: Speech) -> Stage:
    """Make a live view for a terminal that can draw it, and plain lines for all else."""
    console = Console(file=output, highlight=False)
    can_draw = console.is_terminal and not console.is_dumb_terminal
    if can_draw and console.encoding.startswith("utf"):
        return Terminal(console, say)
    return Plain(lambda line: print(line, file=output, flush=True), say)


def how_to_go_on(node: Running, scene: Scene) -> list[str]:
    """Say how the node that stays up can be asked."""
    school, token = next(iter(node.tokens.items()))
    gettext = scene.say.gettext
    return [
        "",
        gettext(
            "The node stays up at {address} (/docs tells all that it takes); Ctrl-C ends it."
        ).format(address=node.address),
        gettext("Read the mail, and answer by its links, at {page}").format(page=scene.mail_page),
        gettext("Ask it what came in from {school} on its last day:").format(school=school),
        "",
        f'curl -H "Authorization: Bearer {token}" \\',
        f'  "{node.address}/v1/received?date={scene.today.date}"',
    ]
