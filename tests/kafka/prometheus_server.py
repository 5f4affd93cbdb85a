"""A real Prometheus that reads programs under test by the deployed files, in hurried time."""

from contextlib import contextmanager
from pathlib import Path

import yaml
from hurry import hurried, milliseconds
from prometheus_program import running

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
FACTOR = 60
"""An hour is a minute, and programs are read every quarter of a second."""
SHORTEST = 250
"""Milliseconds between two looks at a program, however hurried time is."""


def deployed(name):
    """A file of deploy/prometheus, as YAML says it."""
    return yaml.safe_load((DEPLOYED / name).read_text())


def _configuration(targets, factor):
    """The deployed ones, which read these addresses by their job instead of their own."""
    found, node = (
        hurried(deployed(name), factor) for name in ("prometheus.yml", "prometheus-node.yml")
    )
    jobs = {job["job_name"]: job for job in found["scrape_configs"] + node["scrape_configs"]}
    assert targets.keys() <= jobs.keys(), "no such job is deployed"
    read = [
        jobs[name] | {"static_configs": [{"targets": [address]}]}
        for name, address in targets.items()
    ]
    most_often = f"{max(milliseconds(found['global']['scrape_interval']), SHORTEST)}ms"
    intervals = ("scrape_interval", "scrape_timeout", "evaluation_interval")
    return found | {"global": dict.fromkeys(intervals, most_often), "scrape_configs": read}


@contextmanager
def prometheus(folder, targets, factor=FACTOR):
    """Run one that reads ``targets``, addresses by job, in time divided by ``factor``."""
    folder.mkdir()
    for name, content in (
        ("rules.yml", hurried(deployed("rules.yml"), factor)),
        ("prometheus.yml", _configuration(targets, factor)),
    ):
        (folder / name).write_text(yaml.safe_dump(content))
    with running(folder) as own:
        own.wait_until(lambda: own.value("up") is not None, "Prometheus reads nothing")
        yield own
