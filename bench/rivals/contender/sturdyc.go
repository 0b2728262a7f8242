package contender

import (
	"time"

	"github.com/viccon/sturdyc"
)

// ofSturdyc is github.com/viccon/sturdyc. Its README evicts a tenth of a shard when the shard is full, and so does this
// cache. The goroutine that removes expired entries never ends, so it is not started; a Get sees for itself what has
// expired.
type ofSturdyc struct {
	passive
	*sturdyc.Client[[]byte]
}

const sturdycEvicts = 10 // percent

func newSturdyc(capacity int, ttl time.Duration) (Cache[string, []byte], error) {
	if ttl <= 0 {
		return nil, ErrLives
	}
	return ofSturdyc{Client: sturdyc.New[[]byte](capacity, sturdycShards(capacity), ttl, sturdycEvicts, sturdyc.WithNoContinuousEvictions())}, nil
}

// sturdycShards returns a number of shards that leaves each of them 100 entries, and at most 64.
func sturdycShards(capacity int) int { return max(1, min(64, capacity/100)) }

func (s ofSturdyc) Set(key string, value []byte) { s.Client.Set(key, value) }
