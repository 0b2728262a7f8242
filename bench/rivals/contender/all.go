package contender

// Names that others are compared with.
const (
	Ours  = "cached"
	Otter = "otter"
)

// All returns every contender. This library's cache is the first one.
func All() []Contender {
	return []Contender{
		{Name: Ours, Strings: newMemory[string, []byte], Ints: newMemory[uint64, uint64]},
		{Name: Otter, Strings: newOtter[string, []byte], Ints: newOtter[uint64, uint64]},
		{Name: "theine", Strings: newTheine[string, []byte], Ints: newTheine[uint64, uint64]},
		{Name: "ristretto", Drops: true, Strings: newRistretto[string, []byte], Ints: newRistretto[uint64, uint64]},
		{Name: "golang-lru LRU", Lives: Never, Strings: newLRU[string, []byte], Ints: newLRU[uint64, uint64]},
		{Name: "golang-lru 2Q", Lives: Never, Strings: new2Q[string, []byte], Ints: new2Q[uint64, uint64]},
		{Name: "golang-lru ARC", Lives: Never, Strings: newARC[string, []byte], Ints: newARC[uint64, uint64]},
		{Name: "golang-lru expirable", Lives: Always, Strings: newExpirable[string, []byte], Ints: newExpirable[uint64, uint64]},
		{Name: "sturdyc", Lives: Always, Strings: newSturdyc},
		{Name: "ttlcache", Strings: newTTLCache[string, []byte], Ints: newTTLCache[uint64, uint64]},
		{Name: "freecache", MinBytes: 512 << 10, Strings: newFreecache},
		{Name: "bigcache", Lives: Always, MinBytes: 1 << 20, Strings: newBigcache},
		{Name: "go-cache", Unbounded: true, Strings: newGoCache},
		{Name: "sync.Map", Lives: Never, Unbounded: true, Strings: newSyncMap[string, []byte], Ints: newSyncMap[uint64, uint64]},
		{Name: "xsync.Map", Lives: Never, Unbounded: true, Strings: newXsync[string, []byte], Ints: newXsync[uint64, uint64]},
		{Name: "sharded map", Lives: Never, Unbounded: true, Strings: newSharded[string, []byte], Ints: newSharded[uint64, uint64]},
	}
}
