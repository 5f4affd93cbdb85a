"""deploy/image: what can be said of an image without building it."""

import fnmatch
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from deployed import DEPLOY, ROOT, VERSION, needed
from served import free_port

IMAGE = DEPLOY / "image"
DOCKERFILE = IMAGE / "Dockerfile"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def instructions() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile with what they say, each in one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [
        (word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word
    ]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(at for at, (word, _) in enumerate(found) if word == "FROM") :]


def is_in_context(path: str) -> bool:
    """Does .dockerignore let a file of the repository in? The last pattern that fits says so."""
    parents = [path, *(str(parent) for parent in Path(path).parents)]
    taken = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        anywhere = "**/" in line
        if any(fnmatch.fnmatch(Path(each).name if anywhere else each, pattern) for each in parents):
            taken = line.startswith("!")
    return taken


def locked(path: Path) -> dict[str, str]:
    return dict(LOCKED.findall(path.read_text()))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[=<>~;]", each)[0].lower() for each in requirements}


@pytest.fixture
def answering() -> Iterator[HTTPServer]:
    """Something that answers like a gemist that is well, or, with another status, is not."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(self.server.status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        server.status = 200
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", IMAGE / "healthy.py", address],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_hadolint_has_nothing_to_say():
    hadolint = needed(Path(sys.executable).with_name("hadolint"), "make setup")
    done = subprocess.run(
        [hadolint, "--failure-threshold", "style", DOCKERFILE],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_there_is_one_base_image_and_it_is_pinned():
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert bases[1:] == ["base"] * (len(bases) - 1)
    assert len(bases) == 3
    image, _, digest = bases[0].partition("@")
    version = re.fullmatch(r"python:(3\.11\.\d+)-slim-[a-z]+", image)
    assert version
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    assert PROJECT["requires-python"] == ">=3.11"
    assert f'base.name="docker.io/library/{image}"' in DOCKERFILE.read_text()


def test_the_label_has_the_version_of_the_project():
    assert ("ARG", f"VERSION={VERSION}") in last_stage()
    (label,) = [rest for word, rest in last_stage() if word == "LABEL"]
    for name in ("title", "description", "version", "revision", "licenses"):
        assert f"org.opencontainers.image.{name}=" in label
    assert f'licenses="{PROJECT["license"]}"' in label


def test_who_runs_it_is_a_number_and_not_root():
    users = [rest for word, rest in last_stage() if word == "USER"]
    assert users == ["10001:10001"]
    after = [word for word, _ in last_stage()]
    assert "RUN" not in after[after.index("USER") :]


def test_it_has_a_health_check_without_a_shell():
    (check,) = [rest for word, rest in last_stage() if word == "HEALTHCHECK"]
    assert check.endswith('CMD ["python", "-I", "-S", "/opt/healthy.py"]')
    assert ("COPY", "deploy/image/healthy.py /opt/healthy.py") in last_stage()


def test_what_runs_is_locked_at_the_versions_that_are_tested():
    runs, everything = locked(IMAGE / "run.lock"), locked(ROOT / "requirements.lock")
    assert names(PROJECT["dependencies"]) <= set(runs)
    assert runs.items() <= everything.items()
    both = {"pyyaml"}  # Litestar's, too
    assert names(PROJECT["optional-dependencies"]["dev"]) & set(runs) == both


def test_what_builds_is_locked_at_the_versions_that_are_tested():
    builds, everything = locked(IMAGE / "build.lock"), locked(ROOT / "requirements.lock")
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert required == [f"hatchling=={builds['hatchling']}"]
    assert builds.items() <= everything.items()


@pytest.mark.parametrize("lock", ["run.lock", "build.lock"])
def test_every_library_has_hashes_and_nothing_says_where_it_comes_from(lock):
    text = (IMAGE / lock).read_text()
    for block in re.split(r"\n(?=\S)", text):
        assert block.startswith("#") or "--hash=sha256:" in block
    assert "://" not in text
    for word, rest in instructions():
        if word == "RUN":
            for command in rest.split("&&"):
                if "pip install" in command:
                    assert "--require-hashes" in command or "--no-index" in command


def test_the_context_has_what_is_copied_and_little_else():
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert is_in_context(source), source
    for path in ("config/packs/nl.toml", "alerts/desk/answer/page.html.j2", "gemist/py.typed"):
        assert (ROOT / path).is_file()
        assert is_in_context(path)
    for path in (
        ".git/config",
        ".venv/bin/python",
        "tests/conftest.py",
        "deploy/compose/.env",
        "gemist.toml",
        "requirements.lock",
        "gemist/__pycache__/x.pyc",
        "models/x.pyc",
    ):
        assert not is_in_context(path), path


def test_who_answers_is_healthy(answering):
    done = ask(f"127.0.0.1:{answering.server_port}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_who_answers_something_else_is_not(answering):
    answering.status = 503
    done = ask(f"127.0.0.1:{answering.server_port}")
    assert (done.returncode, done.stdout) == (1, "answers 503\n")


def test_who_does_not_answer_is_not():
    done = ask(f"127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert done.stdout.startswith("does not answer: ")
    assert done.stderr == ""
