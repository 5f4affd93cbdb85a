"""How each client library is told where the brokers are, and how to sign in there."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.desk.channels.address import is_this_machine
from config.settings import Kafka, SettingsError

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT


def for_kafka_python(kafka: Kafka) -> dict[str, Any]:
    """Settings of any client of kafka-python; raises as `tls_of` does."""
    return _for_any_client(kafka)


def for_aiokafka(kafka: Kafka) -> dict[str, Any]:
    """Settings of any client of aiokafka; raises as `tls_of` does."""
    return _for_any_client(kafka)


def faust_credentials(kafka: Kafka) -> "CredentialsT | None":
    """What Faust takes as ``broker_credentials``: None for plain text; raises as `tls_of` does."""
    from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415 - takes a second

    context = tls_of(kafka)
    if context is None:
        return None
    if kafka.security == "SSL":
        return SSLCredentials(context)
    return SASLCredentials(
        username=kafka.user,
        password=kafka.password,
        ssl_context=context,
        mechanism=kafka.mechanism,
    )


def tls_of(kafka: Kafka) -> ssl.SSLContext | None:
    """A context that verifies the brokers' certificates and host names; None for plain text.

    Raises `config.settings.SettingsError` where a file that the settings name cannot be read or is
    not what it should be.
    """
    if kafka.security == "PLAINTEXT":
        return None
    for name in ("authority", "certificate", "certificate_key"):
        _check_readable(name, getattr(kafka, name))
    try:
        # With an authority of its own a cluster is trusted by that one alone, not by any that a
        # browser trusts.
        context = ssl.create_default_context(cafile=kafka.authority)
    except ssl.SSLError as error:
        raise SettingsError(
            f"kafka.authority: {kafka.authority} is no PEM file with certificates"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if kafka.certificate is not None:
        try:
            context.load_cert_chain(kafka.certificate, kafka.certificate_key, _no_password)
        except (ssl.SSLError, ValueError) as error:
            raise SettingsError(
                f"kafka.certificate: {kafka.certificate} and its key, without a"
                " password, do not fit together or are no PEM files"
            ) from error
    return context


def hosts_in_the_clear(kafka: Kafka) -> list[str]:
    """Brokers on other machines to which everything goes in plain text: pupils' marks too.

    >>> hosts_in_the_clear(Kafka(bootstrap="127.0.0.1:9092,10.0.0.5:9092"))
    ['10.0.0.5']
    """
    if kafka.security != "PLAINTEXT":
        return []
    hosts = [broker.rpartition(":")[0] for broker in kafka.bootstrap.split(",")]
    return [host for host in hosts if not is_this_machine(host)]


def _check_readable(name: str, file: Path | None) -> None:
    try:
        if file is not None:
            file.read_bytes()
    except OSError as error:
        raise SettingsError(f"kafka.{name}: {file} cannot be read: {error.strerror}") from error


def _no_password() -> str:
    """Answer OpenSSL's question for a key's password, which it would ask on the terminal."""
    return ""


def _for_any_client(kafka: Kafka) -> dict[str, Any]:
    settings: dict[str, Any] = {"bootstrap_servers": kafka.bootstrap.split(",")}
    context = tls_of(kafka)
    if context is not None:
        settings |= {"security_protocol": kafka.security, "ssl_context": context}
    if kafka.security == "SASL_SSL":
        settings |= {
            "sasl_mechanism": kafka.mechanism,
            "sasl_plain_username": kafka.user,
            "sasl_plain_password": kafka.password,
        }
    return settings
