"""The command line. Every error is one line on stderr, and a status that is not 0."""

import sys

import typer
from typer._click import exceptions as click  # typer brings its own click, and no other name

from gemist.cli.backup import backup
from gemist.cli.casebook import casebook
from gemist.cli.config import config
from gemist.cli.demo import demo
from gemist.cli.directory import directory
from gemist.cli.evaluate import evaluate
from gemist.cli.export import export
from gemist.cli.gateway import gateway
from gemist.cli.grow import grow
from gemist.cli.import_ import app as import_app
from gemist.cli.notify import notify
from gemist.cli.outbox import outbox
from gemist.cli.patterns import patterns
from gemist.cli.publish import publish
from gemist.cli.purge import purge
from gemist.cli.refusal import WRONG_USAGE
from gemist.cli.rejects import rejects
from gemist.cli.replay import replay
from gemist.cli.schema import schema
from gemist.cli.scorecard import app as scorecard_app
from gemist.cli.serve import serve
from gemist.cli.show import show
from gemist.cli.silent import silent
from gemist.cli.simulate import simulate
from gemist.cli.token import token
from gemist.cli.topics import topics
from gemist.cli.train import train
from gemist.cli.worker import worker

_INTERRUPTED = 130

app = typer.Typer(
    help="gemist: hears from registers which pupils are being missed, and says why.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    demo,
    serve,
    replay,
    patterns,
    show,
    simulate,
    train,
    evaluate,
    publish,
    worker,
    gateway,
    notify,
    silent,
    rejects,
    purge,
    backup,
    config,
    schema,
):
    app.command()(command)
app.add_typer(import_app, name="import")
topics.command()(grow)
app.add_typer(topics, name="topics")
app.add_typer(token, name="token")
app.add_typer(directory, name="directory")
app.add_typer(outbox, name="outbox")
app.add_typer(export, name="export")
app.add_typer(casebook, name="casebook")
app.add_typer(scorecard_app, name="scorecard")


def main() -> None:
    """Run a command."""
    try:
        status = app(standalone_mode=False)
    except click.NoArgsIsHelpError as shown:
        shown.show()
        status = WRONG_USAGE
    except click.ClickException as error:
        hint = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
        more = f" (see {hint} --help)" if hint else ""
        sys.stderr.write(f"gemist: {error.format_message()}{more}\n")
        status = WRONG_USAGE
    except (KeyboardInterrupt, typer.Abort):
        status = _INTERRUPTED
    except BrokenPipeError:
        status = 1
    sys.exit(status)
