package ctxcache

import "strings"

// Cap is a set of capabilities, and the [Scopes] of those that take a [Scope].
type Cap uint32

// The capabilities. A bit that is set means that the cache has it itself. Without the bit, a package function may still
// work: see the package comment.
const (
	CapContains    Cap = 1 << iota // ContainsCache
	CapRemove                      // RemoveCache
	CapEntry                       // EntryCache: remaining TTLs are known
	CapNegative                    // negative entries can be stored, by SetEntry and Fill
	CapMany                        // ManyCache
	CapLease                       // LeaseCache: leases are honoured by everybody who uses this cache value
	CapLeaseShared                 // leases are honoured by every process that shares the store; comes with CapLease
	CapLen                         // LenCache, in the scopes that Scopes reports
	CapClear                       // ClearCache, likewise
	CapKeys                        // KeysCache, likewise
	CapWatch                       // WatchCache
	CapStats                       // StatsCache
	CapStale                       // reads report StaleFor as it was written; comes with CapEntry
)

// Two bits of a Cap hold its Scopes.
const (
	scopesShift     = 30
	scopesMask  Cap = 3 << scopesShift
)

// Has reports whether all of want are in the set. Scopes are not compared.
func (c Cap) Has(want Cap) bool { return c&want&^scopesMask == want&^scopesMask }

// Scopes returns the scopes in which the cache can Len, Clear and list its keys, so far as it can at all.
func (c Cap) Scopes() Scopes { return Scopes(c >> scopesShift) }

// In returns the capabilities c with these scopes, in place of the scopes that c had.
func (c Cap) In(scopes Scopes) Cap { return c&^scopesMask | Cap(scopes)<<scopesShift }

// And returns the capabilities that both c and other have, with the scopes that both have.
func (c Cap) And(other Cap) Cap { return (c & other).In(c.Scopes().And(other.Scopes())) }

var capNames = []string{
	"contains", "remove", "entry", "negative", "many", "lease", "lease_shared", "len", "clear", "keys", "watch", "stats",
	"stale",
}

// String lists the capabilities: "contains|entry|many".
func (c Cap) String() string {
	var names []string
	for i, name := range capNames {
		if c.Has(1 << i) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "|")
}

// SupportsCache is a cache that reports its capabilities itself. Layers do: they have every method, but can keep only
// the promises of the cache that they wrap.
type SupportsCache interface {
	// Supports returns the capabilities. They are constant, and are computed when the cache is built.
	Supports() Cap
}

// Supports returns the capabilities of c. A [SupportsCache] reports them itself. Any other cache has the capabilities
// whose interfaces it implements. Leases are then not taken to be shared, nor negative entries to be possible.
func Supports[K comparable, V any](c Cache[K, V]) Cap {
	if s, ok := c.(SupportsCache); ok {
		return s.Supports()
	}
	var caps Cap
	add := func(implemented bool, capability Cap) {
		if implemented {
			caps |= capability
		}
	}
	_, contains := c.(ContainsCache[K])
	_, remove := c.(RemoveCache[K])
	_, entry := c.(EntryCache[K, V])
	_, many := c.(ManyCache[K, V])
	_, lease := c.(LeaseCache[K, V])
	_, length := c.(LenCache[K])
	_, clearing := c.(ClearCache[K])
	_, keys := c.(KeysCache[K])
	_, watch := c.(WatchCache[K])
	_, stats := c.(StatsCache)
	add(contains, CapContains)
	add(remove, CapRemove)
	add(entry, CapEntry)
	add(many, CapMany)
	add(lease, CapLease)
	add(length, CapLen)
	add(clearing, CapClear)
	add(keys, CapKeys)
	add(watch, CapWatch)
	add(stats, CapStats)
	return caps
}

// as returns c as a T, which is one of the capability interfaces, or nil if c does not support need. A
// layer implements every interface, so the type alone says nothing.
func as[T any, K comparable, V any](c Cache[K, V], need Cap) T {
	if t, ok := c.(T); ok && Supports(c).Has(need) {
		return t
	}
	var none T
	return none
}
