package contender

import (
	"errors"
	"sync/atomic"
	"time"
)

// Cache is a cache of one library. Get and Set may be called concurrently.
type Cache[K comparable, V any] interface {
	// Get returns the value of key, and whether there is one.
	Get(key K) (V, bool)

	// Set stores a value, with the TTL that the cache was made with.
	Set(key K, value V)

	// Settle waits until writes that the library has queued have taken effect.
	Settle()

	// Close ends the cache's goroutines. It returns the first error of a Get or a Set, except for misses.
	Close() error
}

// Make makes an empty cache for so many entries. TTL 0 means that entries do not expire.
type Make[K comparable, V any] func(capacity int, ttl time.Duration) (Cache[K, V], error)

// Lives says which TTLs the entries of a contender can have.
type Lives uint8

// The kinds of TTLs.
const (
	Optional Lives = iota // with and without a TTL
	Never                 // without a TTL only
	Always                // with a TTL only
)

// Contender makes caches of one library.
type Contender struct {
	// Name is the name of the library, with the type of the cache if the library has several.
	Name string

	// Lives says which TTLs the entries can have.
	Lives Lives

	// Unbounded means that the library never evicts. It does less than a cache, so it shows the limit, and is not a rival.
	Unbounded bool

	// Drops means that the library documents that it drops some Sets under load. It does less than the others then, so
	// its times are shown, but are not what others are compared with.
	Drops bool

	// MinBytes is the smallest memory that the library bounds itself to. A smaller capacity has no effect. It is 0 for
	// libraries that count entries.
	MinBytes int

	// Strings makes caches of bytes by string keys.
	Strings Make[string, []byte]

	// Ints makes caches of numbers by numbers. It is nil if the library has only string keys.
	Ints Make[uint64, uint64]
}

// Can reports whether the contender has entries with this TTL, or without one if ttl is 0.
func (c Contender) Can(ttl time.Duration) bool {
	return c.Lives == Optional || (c.Lives == Always) == (ttl > 0)
}

// Rival reports whether the contender does the same as this library's cache, so that times can be compared.
func (c Contender) Rival() bool { return c.Name != Ours && !c.Unbounded && !c.Drops }

// ErrLives is the error of a cache that cannot have this TTL, or none.
var ErrLives = errors.New("the library does not have entries with such a TTL")

// failure keeps the first error of a cache, for Close.
type failure struct{ first atomic.Pointer[error] }

func (f *failure) note(err error) { f.first.CompareAndSwap(nil, &err) }

func (f *failure) err() error {
	if first := f.first.Load(); first != nil {
		return *first
	}
	return nil
}

// passive has the methods of a library that queues nothing and starts no goroutine.
type passive struct{}

func (passive) Settle() {}

func (passive) Close() error { return nil }

// MakeStrings returns c.Strings.
func (c Contender) MakeStrings() Make[string, []byte] { return c.Strings }

// MakeInts returns c.Ints.
func (c Contender) MakeInts() Make[uint64, uint64] { return c.Ints }
