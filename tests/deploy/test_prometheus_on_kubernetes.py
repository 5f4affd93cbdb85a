"""What Prometheus makes of the pods of deploy/kubernetes by the file for a cluster.

Debian's Prometheus is built without looking for pods by itself, so a list of them stands in for it,
with the labels that it would find them by. What is done with those is Prometheus' own doing.
"""

import json
import re
from contextlib import contextmanager

import pytest
import yaml
from deployed import DEPLOY
from manifests import OVERLAYS, SCHOOL, container, labels, of_kind, workloads
from prometheus_program import running

FILE = DEPLOY / "prometheus" / "prometheus-kubernetes.yml"
STRANGER = {
    "metadata": {"labels": {"app.kubernetes.io/name": "stranger"}},
    "spec": {"containers": [{"name": "s", "ports": [{"name": "http", "containerPort": 8080}]}]},
}


def found_as(name, workload, phase="Running", number=1):
    """A pod as Prometheus finds it: each of its ports, or itself where it has none."""
    of_pod = {"pod_name": f"{name}-{phase.lower()}", "pod_phase": phase}
    for key, value in labels(workload).items():
        of_pod[f"pod_label_{re.sub('[^a-zA-Z0-9_]', '_', key)}"] = value
    address = f"10.0.0.{number}"
    for port in container(workload).get("ports", ()) or [None]:
        meta = of_pod
        if port is not None:
            meta = of_pod | {"pod_container_port_name": port["name"]}
        yield {
            "targets": [address if port is None else f"{address}:{port['containerPort']}"],
            "labels": {f"__meta_kubernetes_{each}": value for each, value in meta.items()},
        }


@contextmanager
def prometheus(folder, pods):
    """One that reads by the deployed file, of these pods."""
    configuration = yaml.safe_load(FILE.read_text())
    (job,) = configuration["scrape_configs"]
    del job["kubernetes_sd_configs"]
    job["file_sd_configs"] = [{"files": [str(folder / "pods.json")]}]
    (folder / "pods.json").write_text(json.dumps(pods))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    (folder / "rules.yml").write_text((DEPLOY / "prometheus" / "rules.yml").read_text())
    with running(folder) as own:
        yield own


def read_by(watch):
    """What is read, as (job, instance, address)."""
    return {
        (each["labels"]["job"], each["labels"]["instance"], each["scrapeUrl"])
        for each in watch.asked("targets?state=active")["activeTargets"]
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_that_runs_is_read_by_the_job_that_alarms_look_for(overlay, tmp_path):
    parts = workloads(overlay)
    pods = [*found_as("stranger", {"spec": {"template": STRANGER}})]
    for name, workload in parts.items():
        pods += found_as(name, workload, number=2)
        pods += found_as(name, workload, phase="Failed", number=3)
    wanted = {
        (f"gemist-{name}", f"{name}-running", "http://10.0.0.2:8080/metrics")
        for name in parts
        if name != "topics"
    }
    with prometheus(tmp_path, pods) as watch:
        watch.wait_until(lambda: read_by(watch), "no pod is read")
        assert read_by(watch) == wanted


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_are_looked_for_where_they_are(overlay):
    (job,) = yaml.safe_load(FILE.read_text())["scrape_configs"]
    (namespace,) = of_kind(overlay, "Namespace")
    assert job["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": [namespace]}}]


def test_the_jobs_are_those_of_the_other_files():
    others = [
        yaml.safe_load((DEPLOY / "prometheus" / name).read_text())
        for name in ("prometheus.yml", "prometheus-node.yml")
    ]
    parts = {*workloads("small"), *workloads(SCHOOL)} - {"topics"}
    read_elsewhere = {job["job_name"] for other in others for job in other["scrape_configs"]}
    assert {f"gemist-{name}" for name in parts} == read_elsewhere
    ours = yaml.safe_load(FILE.read_text())
    for other in others:
        assert {**ours, "scrape_configs": []} == {**other, "scrape_configs": []}
