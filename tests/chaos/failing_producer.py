"""`gemist`, whose disk at the broker is full in the middle of its twentieth transaction."""

import asyncio
from itertools import count

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaStorageError

from gemist.__main__ import main

TRANSACTION, RECORDS = 20, 2
begun = count(1)
begin_transaction, send = AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send


async def begin(self):
    await begin_transaction(self)
    self.left = RECORDS if next(begun) == TRANSACTION else None


async def send_or_fail(self, *arguments, **named):
    left = getattr(self, "left", None)
    if left is None:
        return await send(self, *arguments, **named)
    self.left -= 1
    if left:
        return await send(self, *arguments, **named)
    failed = asyncio.get_running_loop().create_future()
    failed.set_exception(KafkaStorageError("no space left on device"))
    return failed


AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send = begin, send_or_fail
main()
