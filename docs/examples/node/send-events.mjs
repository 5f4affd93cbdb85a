// Sends events, one on each line of standard input: node send-events.mjs BROKERS TOPIC.
import { createInterface } from "node:readline";
import { CompressionTypes, Kafka, Partitioners } from "kafkajs";

const [brokers, topic] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "school-system", brokers: brokers.split(",") });
const producer = kafka.producer({
  createPartitioner: Partitioners.DefaultPartitioner, // murmur2, since KafkaJS 2; not LegacyPartitioner
  allowAutoTopicCreation: false,
});

async function send(messages) {
  // Comes back when all replicas in sync have them. After an error send all of it again.
  await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.GZIP });
}

await producer.connect();
let messages = [];
for await (const line of createInterface({ input: process.stdin })) {
  messages.push({ key: JSON.parse(line).school, value: line });
  if (messages.length === 500) {
    await send(messages);
    messages = [];
  }
}
if (messages.length) await send(messages);
await producer.disconnect();
