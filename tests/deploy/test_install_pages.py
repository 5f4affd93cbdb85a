"""Install pages say what of them no test runs, and name units that there are."""

import re

import pytest
from empty_machine import ROOT
from followed_page import sections

PAGES = ("install-school.md", "install-kafka.md")
LEFT_OUT = "\n## What the test does not run\n"

pytestmark = pytest.mark.skipif(not (ROOT / "docs" / PAGES[0]).is_file(), reason="no docs here")


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_run_is_said_so(page):
    said = (ROOT / "docs" / page).read_text().split(LEFT_OUT)[1]
    named = {"apt-get": "packages", "journalctl": "journalctl", "for": "Making users on Kafka"}
    for title, blocks in sections(page).items():
        for block in blocks:
            if block.how == "unrun":
                assert named[block.text.split()[0]].lower() in said.lower(), title


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_commands_is_one_that_a_test_knows(page):
    text = (ROOT / "docs" / page).read_text()
    assert {*re.findall(r"(?m)^```(\S.*)$", text)} <= {"sh", "sh download", "sh unrun"}


@pytest.mark.parametrize("page", PAGES)
def test_units_of_a_page_are_there(page):
    text = (ROOT / "docs" / page).read_text()
    named = re.findall(r"systemctl (?:enable --now|start|stop|restart) (.*)", text)
    units = {unit for line in named for unit in line.split() if unit.startswith("gemist-")}
    assert units
    for unit in units:
        file = re.sub("@.*", "@", unit)
        file = file if file.endswith(".timer") else f"{file}.service"
        assert (ROOT / "deploy" / "systemd" / file).is_file(), unit
