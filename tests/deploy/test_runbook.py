"""Each alarm has its page, all of one shape, and what a page asks to be typed there is."""

import re
from pathlib import Path

import pytest
import typer
import yaml
from runbook import CALL, DO, FOLDER, PARTS, SEE, WELL, Page, commands, pages

from config.metrics import CATALOGUE
from gemist.cli import app

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
README = FOLDER / "README.md"

pytestmark = pytest.mark.skipif(not RULES.is_file(), reason="deploy is not in a wheel's folder")

PAGES = pages()
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"(?ms)^ *```.*?^ *```$")
CALLED = re.compile(
    r"(?:^|exec -T \S+ |exec \S+ -- |exec |/opt/gemist/bin/)(gemist [a-z][^'`|>\n]*)"
    r"|^gemist-as (\w+) (.*)"
)
"""`gemist` alone, in a container, and as a part of it."""
KUBERNETES = ROOT / "deploy" / "kubernetes" / "overlays"
UNITS = {"gemist-gateway", "gemist-notify", "gemist-node"}


def alarms():
    """Severity by alarm, as the rules have it."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return {rule["alert"]: rule["labels"]["severity"] for rule in rules}


def typed(text):
    """Commands of gemist in a page, in blocks and within sentences."""
    blocks = ["\n".join((each.line, *each.printed)) for each in commands(text)]
    said = [*blocks, *CODE.findall(FENCED.sub("", text))]
    found = [call for each in said if (call := CALLED.search(each))]
    return [call[1] or f"gemist {call[3]}" for call in found]


def parse(line):
    """Check a command line against the program: the command, its options, its arguments."""
    command = typer.main.get_command(app)
    _, *words = line.split()
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{line}: there is no {words[0]}"
        command = command.commands[words.pop(0)]
    if not words:
        return
    options = {name: each for each in command.params for name in each.opts if name[:2] == "--"}
    takes = [each for each in command.params if each.param_type_name == "argument"]
    arguments = []
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            arguments.append(word)
            continue
        assert word in options, f"{line}: {command.name} has no {word}"
        if not options[word].is_flag:
            assert words, f"{line}: {word} needs a value"
            words.pop(0)
    most = sum(float("inf") if each.nargs == -1 else each.nargs for each in takes)
    least = sum(abs(each.nargs) for each in takes if each.required)
    assert least <= len(arguments) <= most, f"{line}: {len(arguments)} arguments"


def test_each_alarm_has_its_page_and_each_page_its_alarm():
    assert sorted(alarms()) == PAGES


def test_the_list_has_all_alarms_the_critical_ones_first():
    listed = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|", README.read_text(), re.MULTILINE)
    assert all(name == link for name, link, _ in listed)
    assert {name: severity for name, _, severity in listed} == alarms()
    severities = [severity for *_, severity in listed]
    assert severities == sorted(severities)


@pytest.mark.parametrize("alarm", PAGES)
def test_a_page_has_all_its_parts(alarm):
    page = Page(alarm)
    assert page.head.startswith(f"# {alarm}\n")
    assert page.severity == alarms()[alarm]
    assert tuple(page.parts) == PARTS
    assert all(part.strip() for part in page.parts.values())
    assert any(command.printed for command in page.trouble()), "it does not show what is so"
    assert WELL in page.parts[SEE]
    assert re.search(r"^1\. ", page.parts[DO], re.MULTILINE), "it has no steps"
    assert re.search(r"^Do not ", page.parts[DO], re.MULTILINE), "it does not say what not to do"
    assert page.parts[CALL].strip().startswith("- ")


@pytest.mark.parametrize("name", ["README", *PAGES])
def test_what_is_typed_is_a_command_that_there_is(name):
    for line in typed((FOLDER / f"{name}.md").read_text()):
        parse(line)


@pytest.mark.parametrize(
    "line",
    [
        "gemist topics silence",
        "gemist rejects --days 1",
        "gemist rejects now",
        "gemist rejects --hours",
        "gemist directory load --school 01AB",
    ],
)
def test_what_there_is_not_is_noticed(line):
    with pytest.raises(AssertionError):
        parse(line)


@pytest.mark.parametrize("name", ["README", *PAGES])
def test_metrics_units_and_links_of_a_page_are_there(name):
    text = (FOLDER / f"{name}.md").read_text()
    exposed = {
        metric.name + suffix
        for metric in CATALOGUE
        for suffix in ("", "_total", "_bucket", "_sum", "_count")
    }
    # `gemist_batch_seconds_\(sum…`, `^gemist_partitions'`: what grep looks for may be a beginning.
    for found in re.findall(r"\bgemist_[a-z_]+", text):
        assert any(each.startswith(found) for each in exposed), found
    for unit in re.findall(r"(?:systemctl \w+|journalctl -u) (\S+?)[`\s]", text):
        assert unit in UNITS or re.fullmatch(r"gemist-worker@\d+", unit), unit
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (FOLDER / link).is_file(), link
    for page in re.findall(r"\bdocs/[a-z-]+\.md", text):
        assert (ROOT / page).is_file() or page == "docs/upgrades.md", page


def test_services_that_the_readme_names_are_in_the_compose_files():
    text = README.read_text()
    for short, name in re.findall(r'\$ (\w+)="docker compose -f (\S+) ', text):
        services = yaml.safe_load((ROOT / name).read_text())["services"]
        named = {
            *re.findall(rf"`\${short} exec -T ([\w-]+)", text),
            *re.findall(rf"`\${short} (?:ps|logs --tail \d+|\w*start|stop) ([\w-]+)`", text),
        }
        assert named
        assert named <= services.keys(), name
        if short == "region":
            assert set(re.findall(r"\$ ask ([\w-]+)", text)) <= services.keys()
    assert "docker compose " not in re.sub(r'="docker compose -f \S+ --env-file', "", text)


def test_the_readme_says_how_many_there_are_of_each_in_an_overlay():
    text = README.read_text()
    for overlay in ("small", "large"):
        made = yaml.safe_load((KUBERNETES / overlay / "kustomization.yaml").read_text())
        count = {each["name"]: each["count"] for each in made["replicas"]}
        assert f"{count['worker']} in `{overlay}`" in text.partition("**systemd.**")[0]
        assert f"{count['gateway']} in `{overlay}`" in text.partition("Gateways are ")[2]


def test_parts_as_which_commands_are_given_have_their_secrets():
    page = (ROOT / "docs" / "install-kafka.md").read_text()
    with_secrets = re.search(r"(?m)^for part in (.*); do\n  install -m 0600", page)[1].split()
    with_database = re.search(r"(?m)^for part in (.*); do\n  cat >> ", page)[1].split()
    asked = re.findall(r"`gemist-as (\w+) (\w+)", README.read_text())
    assert {"administrator", "auditor", "notify", "gateway"} <= {part for part, _ in asked}
    for part, command in asked:
        assert part in with_secrets
        if command in {"outbox", "casebook", "directory", "token"}:
            assert part in with_database, command
