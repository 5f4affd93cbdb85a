"""Both client libraries and Faust are told the same of the brokers; wrong files are one line."""

import ssl

import pytest
import trustme
from faust.types.auth import AuthProtocol, SASLMechanism

from config.settings import Kafka, SettingsError
from streams.broker import faust_credentials, for_aiokafka, for_kafka_python, hosts_in_the_clear


@pytest.fixture
def authority(tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "authority.pem")
    return tmp_path / "authority.pem"


@pytest.fixture
def certificate(tmp_path):
    """A certificate, its key, and the key of another one."""
    authority = trustme.CA()
    for name in ("own", "other"):
        issued = authority.issue_cert(f"{name}.example")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
    return tmp_path / "own.pem", tmp_path / "own.key", tmp_path / "other.key"


def test_plain_text_is_nothing_but_addresses():
    kafka = Kafka(bootstrap="a:1,b:2")
    assert for_kafka_python(kafka) == for_aiokafka(kafka) == {"bootstrap_servers": ["a:1", "b:2"]}
    assert faust_credentials(kafka) is None


def test_a_name_and_password_go_only_through_tls_that_is_verified(authority):
    kafka = Kafka(security="SASL_SSL", authority=authority, user="worker", password="secret")
    for settings in (for_kafka_python(kafka), for_aiokafka(kafka)):
        context = settings.pop("ssl_context")
        assert context.check_hostname
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert len(context.get_ca_certs()) == 1  # that authority alone
        assert settings == {
            "bootstrap_servers": ["127.0.0.1:9092"],
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "worker",
            "sasl_plain_password": "secret",
        }
    credentials = faust_credentials(kafka)
    assert credentials.protocol is AuthProtocol.SASL_SSL
    assert credentials.mechanism is SASLMechanism.SCRAM_SHA_512
    assert (credentials.username, credentials.password) == ("worker", "secret")
    assert "secret" not in repr(credentials)


def test_tls_alone_may_show_a_certificate(authority, certificate):
    own, key, _ = certificate
    kafka = Kafka(security="SSL", authority=authority, certificate=own, certificate_key=key)
    assert for_aiokafka(kafka)["security_protocol"] == "SSL"
    assert "sasl_mechanism" not in for_aiokafka(kafka)
    assert faust_credentials(kafka).protocol is AuthProtocol.SSL


def test_a_file_that_will_not_do_is_one_line_that_names_the_setting(
    authority, certificate, tmp_path
):
    own, key, other_key = certificate
    missing = tmp_path / "missing.pem"
    (tmp_path / "none.pem").write_text("no certificate")
    for wrong, said in (
        ({"authority": missing}, f"kafka.authority: {missing} cannot be read: No such file"),
        ({"authority": tmp_path / "none.pem"}, "kafka.authority: "),
        ({"certificate": own, "certificate_key": missing}, "kafka.certificate_key: "),
        ({"certificate": own, "certificate_key": other_key}, "kafka.certificate: "),
        ({"certificate": own}, "kafka.certificate: "),
        ({"certificate": key}, "kafka.certificate: "),
    ):
        with pytest.raises(SettingsError) as raised:
            for_aiokafka(Kafka(security="SSL", **({"authority": authority} | wrong)))
        assert str(raised.value).startswith(said)
        assert "\n" not in str(raised.value)


def test_plain_text_to_other_machines_is_known():
    assert hosts_in_the_clear(Kafka(bootstrap="127.0.0.1:1,localhost:2")) == []
    assert hosts_in_the_clear(Kafka(bootstrap="127.0.0.1:1,kafka.example:2")) == ["kafka.example"]
    assert hosts_in_the_clear(Kafka(bootstrap="kafka.example:2", security="SSL")) == []
