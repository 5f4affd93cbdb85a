"""deploy/kubernetes, built by kustomize's own code and checked against Kubernetes' schemas."""

import re
import shutil
from collections.abc import Iterator, Mapping

import kubernetes_validate
import pytest
import yaml
from deployed import IMAGE, PINNED, ROOT, parse, read, settings_of
from manifests import (
    KUBERNETES,
    OVERLAYS,
    REGIONS,
    SCHOOL,
    container,
    labels,
    of_kind,
    pod,
    resources,
    workloads,
)

from streams.worker.watchdog import ENDING_SECONDS, STALLED_SECONDS

VERSIONS = ("1.31", "1.34")
SECRET_NAME = re.compile(r"PASSWORD|SECRET")
PORT = 8080
DNS, KAFKA, DATABASE, MAIL, WEB = {53}, {9093}, {5432}, {465, 587}, {443}
GOES_TO = {
    "topics": DNS | KAFKA,
    "worker": DNS | KAFKA,
    "gateway": DNS | KAFKA | DATABASE,
    "notify": DNS | KAFKA | DATABASE | MAIL | WEB,
    "node": DNS | MAIL | WEB,
}
COMES_FROM = {
    "topics": {"monitoring"},
    "worker": {"monitoring"},
    "notify": {"monitoring"},
    "gateway": {"monitoring", "ingress-nginx"},
    "node": {"monitoring", "ingress-nginx"},
}

# What secrets hold where somebody made them as docs/containers.md says.
HELD = {
    "kafka-password": "a password",
    "database-password": "a password",
    "server": "mail.example:587",
    "sender": "gemist@school.example",
    "user": "gemist",
    "password": "a password",
    "webhook-secret": "whsec_" + "A" * 32,
}


def selects(selector: Mapping, of: Mapping[str, str]) -> bool:
    """Does a selector match these labels? It may use what the manifests use, and no more."""
    assert set(selector) <= {"matchLabels", "matchExpressions"}
    matches = [of.get(key) == value for key, value in selector.get("matchLabels", {}).items()]
    for each in selector.get("matchExpressions", ()):
        assert each["operator"] == "In"
        matches.append(of.get(each["key"]) in each["values"])
    return all(matches)


def policies(overlay: str, workload: Mapping, way: str) -> Iterator[dict]:
    """Rules of one way, ``ingress`` or ``egress``, that hold for a workload's pods."""
    for policy in of_kind(overlay, "NetworkPolicy").values():
        if selects(policy["spec"]["podSelector"], labels(workload)):
            yield from policy["spec"].get(way, ())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_manifest_fits_kubernetes_own_schemas(overlay, version):
    for one in resources(overlay):
        kubernetes_validate.validate(one, version, strict=True)


def test_the_schemas_refuse_what_they_do_not_know():
    (worker,) = [
        one
        for one in resources("small")
        if one["metadata"]["name"] == "worker" and one["kind"] == "Deployment"
    ]
    wrong = worker | {"spec": worker["spec"] | {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_is_in_one_namespace_that_lets_no_root_in(overlay):
    (namespace,) = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for one in resources(overlay):
        if one["kind"] != "Namespace":
            assert one["metadata"]["namespace"] == namespace["metadata"]["name"] == "gemist"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_is_nobody_special(overlay):
    for name, workload in workloads(overlay).items():
        spec, one = pod(workload), container(workload)
        assert spec["securityContext"]["runAsNonRoot"], name
        assert (
            spec["securityContext"]["runAsUser"] == spec["securityContext"]["runAsGroup"] == 10001
        )
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec)
        assert not any("hostPath" in volume for volume in spec.get("volumes", ()))
        assert not any("hostPort" in port for port in one.get("ports", ()))
        assert spec["enableServiceLinks"] is False


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_gets_a_token(overlay):
    (account,) = of_kind(overlay, "ServiceAccount").values()
    assert account["automountServiceAccountToken"] is False
    for workload in workloads(overlay).values():
        assert pod(workload)["serviceAccountName"] == account["metadata"]["name"]
        assert pod(workload)["automountServiceAccountToken"] is False
    assert not of_kind(overlay, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_images_are_the_one_that_compose_has(overlay):
    for workload in workloads(overlay).values():
        assert container(workload)["image"] == IMAGE
        assert PINNED.match(IMAGE)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_is_in_the_manifests(overlay):
    assert not of_kind(overlay, "Secret")
    for workload in workloads(overlay).values():
        for variable in container(workload)["env"]:
            if SECRET_NAME.search(variable["name"]):
                assert set(variable) == {"name", "valueFrom"}
    for config in of_kind(overlay, "ConfigMap").values():
        assert not any(SECRET_NAME.search(name) for name in config["data"])


def environment(overlay: str, workload: Mapping) -> dict[str, str]:
    configs = of_kind(overlay, "ConfigMap")
    found: dict[str, str] = {}
    for source in container(workload).get("envFrom", ()):
        found |= configs[source["configMapRef"]["name"]]["data"]
    for variable in container(workload)["env"]:
        if "value" in variable:
            found[variable["name"]] = variable["value"]
        else:
            found[variable["name"]] = HELD[variable["valueFrom"]["secretKeyRef"]["key"]]
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_gemist_knows_every_command_and_setting(overlay):
    for name, workload in workloads(overlay).items():
        one = container(workload)
        assert "command" not in one
        command = parse(one["args"])
        settings = settings_of(environment(overlay, workload))
        if name == "topics":
            assert command == "create"
        else:
            assert command == {"node": "serve"}.get(name, name)
            assert one["args"][-2:] == ["--listen", f"0.0.0.0:{PORT}"]
        if name == "node":
            continue
        assert settings.kafka.security == "SASL_SSL"
        part = "administrator" if name == "topics" else name
        assert settings.kafka.user == f"gemist-{part}"
        mounted = {each["mountPath"]: each["name"] for each in one["volumeMounts"]}
        assert str(settings.kafka.authority.parent) in mounted
        assert bool(settings.desk.database) == (name in {"gateway", "notify"})


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_mounted_is_a_volume(overlay):
    for workload in workloads(overlay).values():
        volumes = {volume["name"] for volume in pod(workload).get("volumes", ())}
        claims = workload["spec"].get("volumeClaimTemplates", ())
        volumes |= {claim["metadata"]["name"] for claim in claims}
        assert {each["name"] for each in container(workload)["volumeMounts"]} == volumes


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_part_is_asked_how_it_is(overlay):
    for name, workload in workloads(overlay).items():
        if name == "topics":
            continue
        one = container(workload)
        (port,) = one["ports"]
        assert port == {"name": "http", "containerPort": PORT}
        asked = {kind: one[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")}
        assert {kind: probe["httpGet"] for kind, probe in asked.items()} == {
            "startup": {"path": "/healthz", "port": "http"},
            "liveness": {"path": "/healthz", "port": "http"},
            "readiness": {"path": "/readyz", "port": "http"},
        }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_says_what_it_needs(overlay):
    for workload in workloads(overlay).values():
        given = container(workload)["resources"]
        assert set(given["requests"]) == {"cpu", "memory"}
        assert set(given["limits"]) == {"memory"}  # a limit of CPU slows where there is room


@pytest.mark.parametrize("overlay", REGIONS)
def test_workers_change_one_at_a_time_and_have_time_to_let_go(overlay):
    worker = workloads(overlay)["worker"]
    assert worker["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    assert worker["spec"]["minReadySeconds"] >= 30
    assert pod(worker)["terminationGracePeriodSeconds"] > ENDING_SECONDS + 10
    probe = container(worker)["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= STALLED_SECONDS
    budget = of_kind(overlay, "PodDisruptionBudget")["worker"]
    assert budget["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("overlay", REGIONS)
def test_there_are_more_partitions_than_workers_and_one_notify(overlay):
    parts = workloads(overlay)
    settings = settings_of(environment(overlay, parts["worker"]))
    assert settings.kafka.partitions >= 4 * parts["worker"]["spec"]["replicas"]
    assert parts["worker"]["spec"]["replicas"] >= 2
    assert parts["gateway"]["spec"]["replicas"] >= 2
    assert parts["notify"]["spec"]["replicas"] == 1
    assert parts["notify"]["spec"]["strategy"] == {"type": "Recreate"}


def test_large_is_more_than_small():
    small, large = (workloads(overlay)["worker"] for overlay in REGIONS)
    assert large["spec"]["replicas"] > small["spec"]["replicas"]
    assert container(large)["resources"] != container(small)["resources"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_find_the_pods_they_mean(overlay):
    parts = workloads(overlay)
    for name, workload in parts.items():
        if "selector" in workload["spec"]:
            found = [
                each for each in parts if selects(workload["spec"]["selector"], labels(parts[each]))
            ]
            assert found == [name]
    for name, service in of_kind(overlay, "Service").items():
        chosen = {"matchLabels": service["spec"]["selector"]}
        assert [each for each in parts if selects(chosen, labels(parts[each]))] == [name]
    for name, budget in of_kind(overlay, "PodDisruptionBudget").items():
        found = [each for each in parts if selects(budget["spec"]["selector"], labels(parts[each]))]
        assert found == [name]
        assert parts[name]["spec"]["replicas"] > 1  # else its machine could never be emptied


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nobody_talks_to_anybody_but_for_what_a_policy_allows(overlay):
    assert of_kind(overlay, "NetworkPolicy")["nobody"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for name, workload in workloads(overlay).items():
        ports = {
            port["port"]
            for rule in policies(overlay, workload, "egress")
            for port in rule["ports"]  # a rule without ports would allow all
        }
        assert ports == GOES_TO[name], name
        come = list(policies(overlay, workload, "ingress"))
        spaces = {
            peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            for rule in come
            for peer in rule["from"]
        }
        assert spaces == COMES_FROM[name], name
        assert {port["port"] for rule in come for port in rule["ports"]} == {PORT}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_door_is_seen_from_outside(overlay):
    (door,) = of_kind(overlay, "Ingress").values()
    (rule,) = door["spec"]["rules"]
    services = of_kind(overlay, "Service")
    assert [one["path"] for one in rule["http"]["paths"]] == ["/v1/", "/a/", "/docs"]
    for one in rule["http"]["paths"]:
        service = one["backend"]["service"]
        assert service["port"]["name"] in {
            port["name"] for port in services[service["name"]]["spec"]["ports"]
        }
    assert door["spec"]["tls"]
    assert all(one["spec"].get("type", "ClusterIP") == "ClusterIP" for one in services.values())


def test_a_node_has_its_folder_for_itself():
    node = workloads(SCHOOL)["node"]
    assert node["spec"]["replicas"] == 1
    (claim,) = node["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert pod(node)["securityContext"]["fsGroup"] == 10001
    (mount,) = container(node)["volumeMounts"]
    arguments = container(node)["args"]
    assert arguments[arguments.index("--data") + 1].startswith(mount["mountPath"] + "/")


def test_the_overlay_in_the_docs_is_one(tmp_path):
    page = (ROOT / "docs" / "containers.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    yours = tmp_path / "kubernetes" / "overlays" / "yours"
    yours.mkdir()
    (yours / "kustomization.yaml").write_text(re.sub("^   ", "", block, flags=re.MULTILINE))
    done = read("kustomize", yours)
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    (settings,) = [one["data"] for one in made if "GEMIST_KAFKA__BOOTSTRAP" in one.get("data", {})]
    assert settings["GEMIST_KAFKA__BOOTSTRAP"] == "kafka1.example:9093,kafka2.example:9093"
    (worker,) = [
        one for one in made if one["kind"] == "Deployment" and one["metadata"]["name"] == "worker"
    ]
    assert container(worker)["image"] == IMAGE.replace("gemist", "registry.example/gemist")


def test_the_docs_name_every_secret_and_config_map():
    page = (ROOT / "docs" / "containers.md").read_text()
    for overlay in OVERLAYS:
        made = {config["metadata"]["name"] for config in of_kind(overlay, "ConfigMap").values()}
        for workload in workloads(overlay).values():
            for variable in container(workload)["env"]:
                if "valueFrom" in variable:
                    held = variable["valueFrom"]["secretKeyRef"]
                    assert f"`{held['name']}`" in page
                    assert f"`{held['key']}`" in page
            for volume in pod(workload).get("volumes", ()):
                if volume["configMap"]["name"] not in made:
                    assert f"`{volume['configMap']['name']}`" in page
