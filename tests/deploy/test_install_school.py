"""docs/install-school.md, followed as it is written, ends in a mail to a mentor."""

import json
import re

import pytest
import trustme
from empty_machine import ROOT, empty_machine
from followed_page import follow, sections, shell
from surroundings import answer, mail_server, newest_mail, trust

PAGE = "install-school.md"
NODE = "gemist-node.service"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "docs" / PAGE).is_file(), reason="no docs beside a wheel"),
]


def test_the_page_followed_as_written_ends_in_a_mail(tmp_path):
    authority = trustme.CA()
    parts = sections(PAGE)
    with (
        empty_machine(tmp_path) as machine,
        mail_server(machine, tmp_path, authority, "mail.school.example") as mails,
        shell(machine, tmp_path / "page.log") as root,
    ):
        trust(machine, authority, "gemist.school.example")
        for title in list(parts)[:8]:
            printed = follow(root, parts[title])
        assert title == "8. A first alert"
        assert 'gemist_alerts_total{kind="unauthorised",state="open"} 1.0' in printed

        text = newest_mail(mails, "e.smit@school.example")
        assert "A. B." in text
        assert "16 hours or more" in " ".join(text.split())
        (link, *_) = re.findall(r"https://gemist\.school\.example/a/\S+", text)
        assert answer(machine, link) == "200"

        assert answer(machine, "http://127.0.0.1:8080/readyz") == "200"
        assert answer(machine, "https://gemist.school.example/metrics") == "404"
        assert machine.run("stat", "-c", "%a %U", "/var/lib/gemist") == "700 gemist\n"
        assert machine.run("stat", "-c", "%a %U", "/etc/gemist/node.env") == "600 root\n"
        said = machine.read(f"/run/stand-in/{NODE}.log")
        assert not re.search(r"p81|01AB", said)
        (_, *lines) = sorted(said.splitlines(), key=lambda line: line[0] == "{")
        assert lines
        assert all(json.loads(line)["message"] for line in lines)

        for title in list(parts)[8:11]:
            follow(root, parts[title])
        (copy,) = machine.run("ls", "/var/backups/gemist").split()
        assert "log.db" in machine.run("ls", f"/var/backups/gemist/{copy}")
        machine.run("touch", "--date=15 days ago", f"/var/backups/gemist/{copy}")
        machine.run("systemctl", "start", "gemist-backup")
        assert copy not in machine.run("ls", "/var/backups/gemist")

        assert machine.left_of("*gemist*")
        follow(root, parts["Take it away"])
        assert machine.left_of("*gemist*") == []
