"""`gemist`, for which the broker's disk is full in the middle of a transaction, after some."""

import asyncio
from itertools import count

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaStorageError

from gemist.__main__ import main

FIRST_TRANSACTIONS = 5
begun = count(1)
begin_transaction, send = AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send


async def begin(self):
    await begin_transaction(self)
    self.records = count(1) if next(begun) > FIRST_TRANSACTIONS else None


async def send_or_fail(self, *arguments, **named):
    records = getattr(self, "records", None)
    if records is None or next(records) == 1:
        return await send(self, *arguments, **named)
    failed = asyncio.get_running_loop().create_future()
    failed.set_exception(KafkaStorageError("no space left on device"))
    return failed


AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send = begin, send_or_fail
main()
