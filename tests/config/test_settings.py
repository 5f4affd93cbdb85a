"""Settings come from one file and the environment, and a mistake in them is said clearly."""

from datetime import time
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from config.settings import HIDDEN, Settings, SettingsError, declared, load


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "gemist.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_and_an_environment_the_defaults_hold():
    effective = load(environ={"PATH": "/bin"})
    assert effective.settings == Settings()
    assert effective.settings.pack == "nl"
    assert effective.settings.close_at == time(17, 30)
    assert set(effective.origins.values()) == {"default"}


def test_a_file_named_gemist_toml_is_read_if_it_is_there():
    write('pack = "any"\n[kafka]\nbootstrap = "a:1,b:2"\nprefix = "trial."\n')
    effective = load(environ={})
    assert effective.settings.pack == "any"
    assert effective.settings.kafka.bootstrap == "a:1,b:2"
    assert effective.origins["kafka.prefix"] == "gemist.toml"
    assert effective.origins["scorecard"] == "default"


def test_the_environment_stands_over_the_file():
    write('pack = "any"\nclose_at = "16:00"\n')
    effective = load(environ={"GEMIST_PACK": "none", "GEMIST_KAFKA__PARTITIONS": "12"})
    assert effective.settings.pack == "none"
    assert effective.settings.close_at == time(16)
    assert effective.settings.kafka.partitions == 12
    assert effective.origins["pack"] == "GEMIST_PACK"
    assert effective.origins["kafka.partitions"] == "GEMIST_KAFKA__PARTITIONS"


def test_a_file_that_is_asked_for_stands_over_gemist_config_and_that_over_gemist_toml():
    write('pack = "none"')
    write('pack = "any"', "named.toml")
    asked = write('pack = "nl"', "asked.toml")
    environ = {"GEMIST_CONFIG": "named.toml"}
    assert load(environ=environ).settings.pack == "any"
    assert load(asked, environ).settings.pack == "nl"
    assert load(environ={"GEMIST_CONFIG": ""}).settings.pack == "none"


@pytest.mark.parametrize(
    ("written", "value"), [('"17:00"', time(17)), ("17:00:00", time(17)), ('"none"', None)]
)
def test_a_closing_time_is_text_or_a_toml_time_or_none(written, value):
    write(f"close_at = {written}")
    assert load(environ={}).settings.close_at == value


def test_schools_are_a_list_or_a_text_with_commas():
    write('[metrics]\nschools = ["01AB", "02CD"]\n')
    assert load(environ={}).settings.metrics.schools == ("01AB", "02CD")
    shorter = load(environ={"GEMIST_METRICS__SCHOOLS": "03EF, 04GH"})
    assert shorter.settings.metrics.schools == ("03EF", "04GH")
    assert ("metrics.schools", "03EF,04GH") in [(s.name, text) for s, text, _ in shorter.shown()]
    assert load(environ={"GEMIST_METRICS__SCHOOLS": ""}).settings.metrics.schools == ()


@pytest.mark.parametrize("written", ["5", "[5]", '["a b"]', '"a;b"', "{ a = 1 }"])
def test_schools_that_are_no_ids_are_refused(written):
    write(f"metrics.schools = {written}")
    with pytest.raises(SettingsError, match=r"metrics\.schools"):
        load(environ={})


def test_a_scorecard_is_a_path_or_none():
    assert load(environ={"GEMIST_SCORECARD": "a/card.json"}).settings.scorecard == Path(
        "a/card.json"
    )
    assert load(environ={"GEMIST_SCORECARD": "none"}).settings.scorecard is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('pakc = "nl"', "gemist.toml: pakc: there is no such setting; there are: pack,"),
        ('[kafka]\nprefx = "t"', "gemist.toml: kafka.prefx: there is no such setting"),
        ("[kafak]", "gemist.toml: kafak: there is no such setting"),
        ('kafka = "a:1"', "gemist.toml: kafka: there is no such setting"),
        ('pack = "be"', "gemist.toml: pack cannot be 'be'; allowed: nl, any or none"),
        ("pack = {}", "gemist.toml: pack cannot be {}"),
        ('close_at = "25:00"', "gemist.toml: close_at cannot be '25:00'; allowed: a time such"),
        (
            '[desk]\nquiet_from = "none"',
            "gemist.toml: desk.quiet_from cannot be 'none'; allowed: a time such",
        ),
        ('close_at = "17h30"', "gemist.toml: close_at cannot be '17h30'"),
        ("scorecard = 3", "gemist.toml: scorecard cannot be 3; allowed: a file's path, or"),
        ('[kafka]\npartitions = "8"', "gemist.toml: kafka.partitions cannot be '8'; allowed: a w"),
        ("[kafka]\npartitions = true", "gemist.toml: kafka.partitions cannot be True"),
        ('[kafka]\nsecurity = "SASL_SSL"', "kafka.user: is needed where kafka.security is SASL"),
        (
            '[kafka]\nsecurity = "SASL_SSL"\nuser = "worker"',
            "kafka.password: is needed where kafka.security is SASL_SSL",
        ),
        ('[kafka]\npassword = "p"', "kafka.password: is for kafka.security SASL_SSL, which is PL"),
        (
            '[kafka]\nsecurity = "SSL"\nuser = "worker"',
            "kafka.user: is for kafka.security SASL_SSL, which is SSL",
        ),
        ('[kafka]\nauthority = "ca.pem"', "kafka.authority: is for kafka.security SSL or SASL_SS"),
        (
            '[kafka]\nsecurity = "SSL"\ncertificate_key = "key.pem"',
            "kafka.certificate_key: needs kafka.certificate, which is not set",
        ),
        ('[kafka]\nsecurity = "TLS"', "kafka.security cannot be 'TLS'; allowed: \"PLAINTEXT\", "),
        ('[kafka]\nbootstrap = "here"', "kafka.bootstrap cannot be 'here'; allowed: host:port"),
        ("pack = nl", "gemist.toml: is not TOML: "),
        ("[kafka]\n[kafka]", "gemist.toml: is not TOML: "),
    ],
)
def test_a_mistake_in_the_file_is_one_clear_line(text, said):
    write(text)
    with pytest.raises(SettingsError) as raised:
        load(environ={})
    assert str(raised.value).startswith(said) or said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_empty_section_sets_nothing():
    write("[kafka]\n")
    assert load(environ={}).settings == Settings()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"GEMIST_PAKC": "nl"}, "environment: GEMIST_PAKC: there is no such setting; there are: G"),
        ({"GEMIST_KAFKA_PREFIX": "t"}, "environment: GEMIST_KAFKA_PREFIX: there is no such"),
        ({"GEMIST_PACK": "NL"}, "GEMIST_PACK: pack cannot be 'NL'; allowed: nl, any or none"),
        ({"GEMIST_PACK": ""}, "GEMIST_PACK: pack cannot be ''"),
        ({"GEMIST_KAFKA__PARTITIONS": "0"}, "GEMIST_KAFKA__PARTITIONS: kafka.partitions cannot be"),
        ({"GEMIST_KAFKA__PREFIX": "a/b"}, "GEMIST_KAFKA__PREFIX: kafka.prefix cannot be 'a/b'"),
    ],
)
def test_a_mistake_in_the_environment_is_one_clear_line(environ, said):
    with pytest.raises(SettingsError) as raised:
        load(environ=environ)
    assert str(raised.value).startswith(said)


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path):
    with pytest.raises(SettingsError, match=r"^missing\.toml: cannot be read: No such file"):
        load(Path("missing.toml"), {})
    with pytest.raises(SettingsError, match=r"cannot be read: Is a directory"):
        load(tmp_path, {})
    Path("latin.toml").write_bytes(b'pack = "\xe9"')
    with pytest.raises(SettingsError, match=r"^latin\.toml: is not TOML"):
        load(environ={"GEMIST_CONFIG": "latin.toml"})


def test_every_setting_says_what_it_does_and_what_it_may_be():
    for setting in declared(Settings):
        assert setting.description, setting.name
        assert setting.allowed, setting.name


def test_a_default_can_be_written_as_it_is_shown():
    shown = {setting.variable: text for setting, text, _ in load(environ={}).shown()}
    assert load(environ=shown).settings == Settings()


def test_a_secret_is_never_shown():
    class Secretive(msgspec.Struct):
        password: Annotated[
            str, msgspec.Meta(min_length=8, extra={"secret": True, "allowed": "8 characters"})
        ] = ""

    (password,) = declared(Secretive)
    assert password.text("hunter22") == HIDDEN
    assert password.text("") == ""
    with pytest.raises(SettingsError) as raised:
        password.read("hunter2", "gemist.toml", is_text=False)
    assert "hunter2" not in str(raised.value)


def test_the_process_environment_is_read_by_default(monkeypatch):
    monkeypatch.setenv("GEMIST_PACK", "any")
    assert load().settings.pack == "any"
