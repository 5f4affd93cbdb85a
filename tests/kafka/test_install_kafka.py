"""docs/install-kafka.md, followed as it is written, ends in a mail to a mentor."""

import re

import pytest
import trustme
from empty_machine import empty_machine
from followed_page import follow, sections, shell
from surroundings import answer, mail_server, newest_mail, region_database, region_kafka, trust

pytestmark = pytest.mark.kafka

PAGE, SCHOOLS_PAGE = "install-kafka.md", "install-school.md"
PARTS = ("worker", "gateway", "notify", "administrator", "auditor")
PASSWORDS = {f"gemist-{part}": f"write-the-password-of-{part}-here" for part in (*PARTS, "root")}
SERVICES = ("gemist-worker@6066", "gemist-worker@6067", "gemist-gateway", "gemist-notify")


def test_the_page_followed_as_written_ends_in_a_mail(tmp_path):
    authority = trustme.CA()
    steps, schools = sections(PAGE), sections(SCHOOLS_PAGE)
    with (
        empty_machine(tmp_path) as machine,
        region_kafka(machine, PASSWORDS),
        region_database(machine, authority, "db.region.example"),
        mail_server(machine, tmp_path, authority, "mail.region.example") as mails,
        shell(machine, tmp_path / "page.log") as root,
    ):
        trust(machine, authority, "gemist.region.example")
        for title in list(schools)[:3]:
            follow(root, schools[title])
        printed = {}
        for title in list(steps)[:8]:
            printed[title] = follow(root, steps[title])
        assert title == "9. Watch it"
        assert "Missed now" in printed["8. A first alert"]
        assert sorted(re.findall(r'instance="127.0.0.1:(\d+)"[^\n]* => 1 ', printed[title])) == [
            "6066",
            "6067",
            "8080",
            "8081",
        ]

        text = newest_mail(mails, "e.smit@school.example")
        assert "A. B." in text
        assert "16 hours or more" in " ".join(text.split())
        for port in (6066, 6067, 8080, 8081):
            assert answer(machine, f"http://127.0.0.1:{port}/readyz") == "200"
        for service in SERVICES:
            said = machine.read(f"/run/stand-in/{service}.service.log")
            assert not re.search("p81|01AB|write-the-password", said), service
        for part in PARTS:
            assert machine.run("stat", "-c", "%a %U", f"/etc/gemist/{part}.env") == "600 root\n"

        follow(root, steps["10. From the trial to schools"])
        follow(root, steps["Take it away"])
        assert answer(machine, "http://127.0.0.1:8080/healthz") == "000"
