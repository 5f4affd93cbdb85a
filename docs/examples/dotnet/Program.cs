// Sends events, one on each line of standard input: dotnet run BROKERS TOPIC.
using System.Text.Json;
using Confluent.Kafka;

var settings = new ProducerConfig
{
    BootstrapServers = args[0],
    // Needed: by itself Confluent.Kafka takes ConsistentRandom, which is CRC32 of the key.
    Partitioner = Partitioner.Murmur2Random,
    Acks = Acks.All,
    CompressionType = CompressionType.Gzip,
    LingerMs = 50,
};
using var producer = new ProducerBuilder<string, string>(settings).Build();

foreach (var lines in Lines().Chunk(500))
{
    // Comes back when all replicas in sync have them. After an exception send all of it again.
    await Task.WhenAll(lines.Select(Send));
}

Task Send(string line)
{
    using var read = JsonDocument.Parse(line);
    var school = read.RootElement.GetProperty("school").GetString()!;
    return producer.ProduceAsync(
        args[1], new Message<string, string> { Key = school, Value = line });
}

static IEnumerable<string> Lines()
{
    while (Console.In.ReadLine() is { } line)
    {
        yield return line;
    }
}
