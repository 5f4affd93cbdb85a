"""What both client libraries raise, as one line for whoever asked."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiokafka.errors
import kafka.errors

from config.settings import Kafka


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
    except _WRONG_PASSWORD as error:
        raise BrokerUnreachableError(
            f"the broker at {settings.bootstrap} does not take kafka.user {settings.user} with"
            " this kafka.password"
        ) from error
    except (kafka.errors.KafkaError, aiokafka.errors.KafkaError, TimeoutError) as error:
        raise BrokerUnreachableError(
            f"no Kafka broker answers at {settings.bootstrap} ({_name(error)})"
        ) from error


_NOT_ALLOWED = (
    aiokafka.errors.TopicAuthorizationFailedError,
    aiokafka.errors.GroupAuthorizationFailedError,
    aiokafka.errors.ClusterAuthorizationFailedError,
    aiokafka.errors.TransactionalIdAuthorizationFailed,
)
_WRONG_PASSWORD = (
    kafka.errors.SaslAuthenticationFailedError,
    aiokafka.errors.AuthenticationFailedError,
    aiokafka.errors.SaslAuthenticationFailed,
)


def _name(error: BaseException) -> str:
    return type(error).__name__
