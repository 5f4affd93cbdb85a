// Sends events, one on each line of standard input: send BROKERS TOPIC.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

const mostBytes = 1_000_000

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Args[1], ",")...),
		kgo.DefaultProduceTopic(os.Args[2]),
		// No kgo.RecordPartitioner: what franz-go does by itself is right, murmur2 of the key.
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	var records []*kgo.Record
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, mostBytes)
	for lines.Scan() {
		var event struct{ School string }
		line := strings.Clone(lines.Text())
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			log.Fatal(err)
		}
		records = append(records, kgo.KeySliceRecord([]byte(event.School), []byte(line)))
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	// Comes back when all replicas in sync have them. After an error send all of it again.
	if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		log.Fatal(err)
	}
}
