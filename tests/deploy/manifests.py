"""deploy/kubernetes as kustomize's own code builds it: what each overlay has."""

from collections.abc import Mapping

import yaml
from deployed import DEPLOY, read

KUBERNETES = DEPLOY / "kubernetes"
REGIONS, SCHOOL = ("small", "large"), "school"
OVERLAYS = (*REGIONS, SCHOOL)

_built: dict[str, list[dict]] = {}


def resources(overlay: str) -> list[dict]:
    if overlay not in _built:
        done = read("kustomize", KUBERNETES / "overlays" / overlay)
        assert done.returncode == 0, done.stderr
        _built[overlay] = list(yaml.safe_load_all(done.stdout))
    return _built[overlay]


def of_kind(overlay: str, *kinds: str) -> dict[str, dict]:
    return {one["metadata"]["name"]: one for one in resources(overlay) if one["kind"] in kinds}


def workloads(overlay: str) -> dict[str, dict]:
    found = of_kind(overlay, "Deployment", "StatefulSet", "Job")
    assert set(found) == (
        {"node"} if overlay == SCHOOL else {"topics", "worker", "gateway", "notify"}
    )
    return found


def pod(workload: Mapping) -> dict:
    return workload["spec"]["template"]["spec"]


def labels(workload: Mapping) -> dict[str, str]:
    return workload["spec"]["template"]["metadata"]["labels"]


def container(workload: Mapping) -> dict:
    (only,) = pod(workload)["containers"]
    return only
