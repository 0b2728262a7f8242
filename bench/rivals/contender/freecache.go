package contender

import (
	"errors"
	"time"

	"github.com/coocood/freecache"
)

// ofFreecache is github.com/coocood/freecache. It is bounded by bytes and copies values. Its TTLs are whole seconds.
type ofFreecache struct {
	failure
	cache   *freecache.Cache
	seconds int
}

// freecacheEntry is how many bytes an entry of the workloads needs: a header, the key and the value.
const freecacheEntry = 24 + KeySize + ValueSize

func newFreecache(capacity int, ttl time.Duration) (Cache[string, []byte], error) {
	return &ofFreecache{cache: freecache.NewCache(capacity * freecacheEntry), seconds: int(ttl / time.Second)}, nil
}

func (f *ofFreecache) Get(key string) ([]byte, bool) {
	value, err := f.cache.Get([]byte(key))
	if err != nil && !errors.Is(err, freecache.ErrNotFound) {
		f.note(err)
	}
	return value, err == nil
}

func (f *ofFreecache) Set(key string, value []byte) {
	if err := f.cache.Set([]byte(key), value, f.seconds); err != nil {
		f.note(err)
	}
}

func (*ofFreecache) Settle() {}

func (f *ofFreecache) Close() error { return f.err() }
