"""What both client libraries raise, as one line for whoever asked."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiokafka.errors
import kafka.errors

from config.settings import Kafka
from streams.broker import tls_of

CONNECT_SECONDS: Final = 2


class BrokerUnreachableError(Exception):
    """No broker answers where the settings say that there is one, or it does not let us in."""


@contextmanager
def saying_what_failed(settings: Kafka) -> Iterator[None]:
    """Turn what kafka-python and aiokafka raise in the block into a `BrokerUnreachableError`."""
    try:
        yield
    except (kafka.errors.AuthorizationError, *_NOT_ALLOWED) as error:
        whom = f" to {settings.user}" if settings.user else ""
        raise BrokerUnreachableError(
            f"the broker at {settings.bootstrap} does not allow this{whom} ({_name(error)})"
        ) from error
    except _NO_ANSWER as error:
        raise BrokerUnreachableError(_why_unreachable(settings, _name(error))) from error
    except (kafka.errors.KafkaError, aiokafka.errors.KafkaError) as error:
        raise BrokerUnreachableError(
            f"the broker at {settings.bootstrap} answers {_name(error)}"
        ) from error


def _why_unreachable(settings: Kafka, name: str) -> str:
    """Look how far one gets: neither client library tells a wrong password from no broker."""
    nobody = f"no Kafka broker answers at {settings.bootstrap} ({name})"
    context = tls_of(settings)
    if context is None:
        return nobody
    for broker in settings.bootstrap.split(","):
        host, _, port = broker.rpartition(":")
        try:
            with (
                socket.create_connection((host, int(port)), CONNECT_SECONDS) as connection,
                context.wrap_socket(connection, server_hostname=host),
            ):
                break
        except ssl.SSLCertVerificationError as error:
            return f"the broker at {broker} is not trusted: {error.verify_message}"
        except ssl.SSLError:
            return f"the broker at {broker} does not speak TLS as kafka.security wants it"
        except OSError:
            continue
    else:
        return nobody
    if settings.security == "SASL_SSL":
        return (
            f"the broker at {broker} does not let kafka.user {settings.user} in by"
            f" {settings.mechanism}: is kafka.password right?"
        )
    return f"the broker at {broker} does not let us in: has it to know kafka.certificate?"


_NOT_ALLOWED = (
    aiokafka.errors.TopicAuthorizationFailedError,
    aiokafka.errors.GroupAuthorizationFailedError,
    aiokafka.errors.ClusterAuthorizationFailedError,
    aiokafka.errors.TransactionalIdAuthorizationFailed,
)

_NO_ANSWER = (
    kafka.errors.KafkaTimeoutError,
    kafka.errors.KafkaConnectionError,
    kafka.errors.SaslAuthenticationFailedError,
    aiokafka.errors.KafkaConnectionError,
    aiokafka.errors.KafkaTimeoutError,
    TimeoutError,
)


def _name(error: BaseException) -> str:
    return type(error).__name__
