"""deploy/compose, read by the loader that docker compose has, which knows its schema."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from deployed import DEPLOY, IMAGE, PINNED, ROOT, needed, parse, read, settings_of

COMPOSE = DEPLOY / "compose"
FILES = {"region": COMPOSE / "region.yml", "school": COMPOSE / "school.yml"}
EXAMPLE = COMPOSE / ".env.example"
NEEDED = re.compile(r"\$\{(\w+):\?")
USED = re.compile(r"\$\{(\w+)")
SECRET = re.compile(r"PASSWORD|SECRET")
SCRAPED = {"region": "prometheus.yml", "school": "prometheus-node.yml"}
PORT = 8080

GIVEN = {
    "DATABASE_PASSWORD": "p&ss:w/rd@",
    "POSTGRES_PASSWORD": "a fourth",
    "GRAFANA_PASSWORD": "another",
    "KAFKA_CLUSTER_ID": "MkU3OEVBNTcwNTJENDM2Qk",
    "GEMIST_MAIL__SERVER": "mail.example:587",
    "GEMIST_MAIL__USER": "gemist",
    "GEMIST_MAIL__PASSWORD": "a third",
    "GEMIST_MAIL__SENDER": "gemist@school.example",
}


def needed_by(name: str) -> set[str]:
    return set(NEEDED.findall(FILES[name].read_text()))


def project(name: str) -> dict:
    done = read("compose", FILES[name], environ=GIVEN)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=FILES)
def services(request) -> dict:
    return project(request.param)["services"]


def of_gemist(services: dict) -> dict:
    found = {name: one for name, one in services.items() if one["image"].startswith("gemist")}
    assert found
    return found


def test_a_region_and_a_school_have_all_their_parts():
    region = project("region")["services"]
    assert set(region) == {
        *("kafka", "topics", "postgresql", "worker-1", "worker-2", "gateway", "notify"),
        *("prometheus", "grafana"),
    }
    assert region["kafka"]["environment"]["KAFKA_PROCESS_ROLES"] == "broker,controller"
    school = project("school")["services"]
    assert set(school) == {"node", "prometheus"}
    assert school["prometheus"]["profiles"] == ["watched"]


@pytest.mark.parametrize(
    ("name", "variable"),
    [(name, variable) for name in FILES for variable in sorted(needed_by(name))],
)
def test_starting_without_one_says_which_one_is_missing(name, variable):
    for environ in (
        {each: value for each, value in GIVEN.items() if each != variable},
        GIVEN | {variable: ""},
    ):
        done = read("compose", FILES[name], environ=environ)
        assert done.returncode == 1
        assert f"required variable {variable} is missing a value: " in done.stderr
        assert "see .env.example" in done.stderr


def test_a_file_of_variables_does_as_well(tmp_path):
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in GIVEN.items()))
    done = read("compose", FILES["region"], "--env-file", file)
    assert done.returncode == 0, done.stderr
    environment = json.loads(done.stdout)["services"]["gateway"]["environment"]
    assert environment["PGPASSWORD"] == GIVEN["DATABASE_PASSWORD"]


def test_the_example_names_every_variable_and_gives_no_value():
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"]
    assert all(line.endswith("=") for line in lines)
    used = {each for file in FILES.values() for each in USED.findall(file.read_text())}
    assert {line.rstrip("=") for line in lines} == used
    assert set(GIVEN) == needed_by("region") | needed_by("school")


def test_what_the_schema_does_not_know_is_refused(tmp_path):
    text = FILES["school"].read_text()
    file = tmp_path / "school.yml"
    file.write_text(text.replace("    init: true\n", "    in_it: true\n", 1))
    done = read("compose", file, environ=GIVEN)
    assert done.returncode == 1
    assert "in_it" in done.stderr


def test_no_secret_is_in_the_files(services):
    for file in FILES.values():
        for key, value in re.findall(r"^\s+(\w+): (.+)$", file.read_text(), re.MULTILINE):
            if SECRET.search(key):
                assert value.startswith("${"), key
    given = {value for name, value in GIVEN.items() if SECRET.search(name)}
    for one in services.values():
        for name, value in one.get("environment", {}).items():
            assert not SECRET.search(name) or value in given | {""}, name


def test_images_have_versions(services):
    for one in services.values():
        assert PINNED.match(one["image"]), one["image"]


def test_versions_are_those_that_are_used_elsewhere():
    region, school = project("region")["services"], project("school")["services"]
    assert {one["image"] for one in {**of_gemist(region), **of_gemist(school)}.values()} == {IMAGE}
    assert region["prometheus"]["image"] == school["prometheus"]["image"]
    kafka = re.search(
        r"<version>(\d+\.\d+\.\d+)</version>\s*</dependency>",
        (DEPLOY / "kafka" / "pom.xml").read_text(),
    )
    assert kafka
    assert region["kafka"]["image"] == f"apache/kafka:{kafka[1]}"


def test_nothing_is_published_beyond_this_machine(services):
    published = [port for one in services.values() for port in one.get("ports", ())]
    assert published
    assert {port.get("host_ip") for port in published} == {"127.0.0.1"}
    assert not any(one.get("network_mode") for one in services.values())


def test_kafka_and_the_database_are_on_a_network_without_a_way_out():
    region = project("region")
    assert region["networks"]["inside"]["internal"]
    assert region["networks"]["watching"]["internal"]
    networks = {name: set(one["networks"]) for name, one in region["services"].items()}
    for name in ("kafka", "postgresql", "topics"):
        assert networks[name] == {"inside"}
    for name in ("worker-1", "worker-2"):
        assert networks[name] == {"inside", "watching"}
    for name in ("prometheus", "grafana"):
        assert "inside" not in networks[name]
    published = {name for name, one in region["services"].items() if "ports" in one}
    assert published == {"gateway", "prometheus", "grafana"}


def test_gateway_and_notify_are_no_administrators_of_the_database():
    region = project("region")["services"]
    for name, one in region.items():
        given = set(one.get("environment", {}).values())
        assert (GIVEN["POSTGRES_PASSWORD"] in given) == (name == "postgresql")
    assert "@postgresql/gemist" in region["gateway"]["environment"]["GEMIST_DESK__DATABASE"]
    role = (FILES["region"].parent / "postgresql-role.sh").read_text()
    assert "CREATE ROLE gemist LOGIN PASSWORD :'password';" in role


def test_every_service_is_hardened(services):
    for name, one in services.items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert "cap_add" not in one, name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert int(one["mem_limit"]) >= 256 * 1024**2, name
        assert not one.get("privileged"), name
        assert one.get("user") not in {"root", "0"}, name
        assert one["restart"].startswith("on-failure" if name == "topics" else "unless-stopped")


def test_every_service_tells_whether_it_is_healthy(services):
    ours = of_gemist(services)
    for name, one in services.items():
        if name == "topics":
            assert one["healthcheck"] == {"disable": True}  # it ends
        elif name in ours:
            assert "healthcheck" not in one  # the image's
            assert one["command"][-2:] == ["--listen", f"0.0.0.0:{PORT}"]  # where that one asks
        else:
            assert one["healthcheck"]["test"], name


def test_parts_start_when_what_they_need_is_there():
    region = project("region")["services"]
    conditions = {
        name: {each: wanted["condition"] for each, wanted in one.get("depends_on", {}).items()}
        for name, one in region.items()
    }
    done, healthy = "service_completed_successfully", "service_healthy"
    assert conditions["topics"] == {"kafka": healthy}
    assert conditions["worker-1"] == conditions["worker-2"] == {"topics": done}
    for name in ("gateway", "notify"):
        assert conditions[name] == {"topics": done, "postgresql": healthy}


def test_every_file_that_is_mounted_is_there(services):
    for one in services.values():
        for volume in one.get("volumes", ()):
            if volume["type"] == "bind":
                assert volume["read_only"]
                assert Path(volume["source"]).exists(), volume["source"]


def test_grafana_finds_its_dashboards_and_prometheus():
    grafana = project("region")["services"]["grafana"]
    mounted = {volume["target"]: Path(volume["source"]) for volume in grafana["volumes"]}
    provisioning = mounted["/etc/grafana/provisioning"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "gemist.yml").read_text())[
        "providers"
    ]
    assert list(mounted[provider["options"]["path"]].glob("*.json"))
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    assert grafana["environment"][source["url"].removeprefix("$")] == "http://prometheus:9090"


def test_gemist_knows_every_command_and_setting(services):
    for name, one in of_gemist(services).items():
        command = parse(one["command"])
        settings = settings_of(one["environment"])
        if command == "serve":
            assert settings.mail.server == "mail.example:587"
            assert {volume["target"] for volume in one["volumes"]} == {"/data"}
            continue
        assert settings.kafka.bootstrap == "kafka:9092", name
        assert bool(settings.desk.database) == (command in {"gateway", "notify"})


def test_the_image_is_built_from_this_repository(services):
    for one in of_gemist(services).values():
        assert Path(one["build"]["context"]) == ROOT
        assert (ROOT / one["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("name", FILES)
def test_prometheus_reads_every_part_by_the_same_jobs(name):
    ours = yaml.safe_load((COMPOSE / f"prometheus-{name}.yml").read_text())
    other = yaml.safe_load((DEPLOY / "prometheus" / SCRAPED[name]).read_text())
    jobs = {each["job_name"]: each["static_configs"] for each in ours.pop("scrape_configs")}
    assert list(jobs) == [each["job_name"] for each in other.pop("scrape_configs")]
    assert ours == other

    read_of = {target for groups in jobs.values() for each in groups for target in each["targets"]}
    parts = of_gemist(project(name)["services"])
    assert read_of == {f"{part}:{PORT}" for part in parts if part != "topics"}
    for job, groups in jobs.items():
        for target in groups[0]["targets"]:
            kind = {"gemist-node": "serve"}.get(job, job.removeprefix("gemist-"))
            assert parts[target.partition(":")[0]]["command"][0] == kind


@pytest.mark.parametrize("name", FILES)
def test_prometheus_itself_takes_its_file(name, tmp_path):
    promtool = needed("promtool", "apt-get install prometheus")
    for mounted in project(name)["services"]["prometheus"]["volumes"]:
        if mounted["type"] == "bind":
            shutil.copy(mounted["source"], tmp_path / Path(mounted["target"]).name)
    checked = subprocess.run(
        [promtool, "check", "config", tmp_path / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr
    assert "rules found" in checked.stdout


def test_every_command_of_the_docs_is_one():
    page = (ROOT / "docs" / "containers.md").read_text()
    blocks = re.findall(r"```\n(.*?)```", page, re.DOTALL)
    said = [*re.findall(r"`\$(?:node|region) exec .*?`", page), *"".join(blocks).splitlines()]
    found = [each for line in said for each in re.findall(r"\bgemist ([a-z][^|>`)]*)", line)]
    assert len(found) >= 6
    for each in found:
        parse(shlex.split(each.strip()))
