"""A node that is started with other rules tells at once what stands by those of today."""

import random
from pathlib import Path

import builders
import engines
import nodes


def test_a_node_that_is_started_with_other_rules_tells_what_stands_by_them(tmp_path: Path) -> None:
    lines = builders.random_log(random.Random(3), shape=builders.TROUBLED)
    by_today, by_others = (engines.run([lines], pack).standing for pack in ("any", "nl"))
    assert by_today != by_others
    with nodes.node(tmp_path, pack="nl") as log:
        nodes.send(log, *lines)
        nodes.send(log, *nodes.closes([("S1", "2030-01-01")]))
    assert nodes.standing_in(tmp_path) == by_others
    with nodes.node(tmp_path, pack="any"):
        pass
    assert nodes.standing_in(tmp_path) == by_today


def test_a_node_that_is_started_again_tells_nothing_again(tmp_path: Path) -> None:
    lines = builders.random_log(random.Random(3), shape=builders.TROUBLED)
    with nodes.node(tmp_path) as log:
        nodes.send(log, *lines)
    told = nodes.messages(tmp_path)
    with nodes.node(tmp_path):
        pass
    assert len(told) > 3
    assert nodes.messages(tmp_path) == told
