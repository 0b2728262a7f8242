package ctxcache

import "strings"

// Op is a set of capabilities.
type Op uint32

// The capabilities. A bit that is set means that the cache has it itself; the package functions may work
// without, see the package comment.
const (
	OpContains    Op = 1 << iota // Container
	OpRemove                     // Remover
	OpEntry                      // EntryCache: remaining lives are known
	OpNegative                   // negative entries can be stored, by SetEntry and Fill
	OpMany                       // ManyCache
	OpLease                      // LeaseCache: leases are honoured by whoever uses this cache value
	OpLeaseShared                // leases are honoured by every process that shares the store; comes with OpLease
	OpLen                        // Sizer
	OpClear                      // Clearer
	OpKeys                       // KeyLister
	OpWatch                      // Watcher
	OpStats                      // StatsReporter
	OpScoped                     // Sizer, Clearer, KeyLister in a Scope with a Prefix, where the whole is not this cache's alone
	OpLenAll                     // Sizer of the zero Scope, where it is not known which keys are in another
	OpClearAll                   // Clearer of the zero Scope, likewise
)

// Has reports whether all of want are in the set.
func (o Op) Has(want Op) bool { return o&want == want }

// Reaches reports whether Len, Clear or Keys, whichever op is, can be done in a scope with this prefix.
func (o Op) Reaches(op Op, prefix string) bool {
	return o.Has(op) || prefix != "" && o.Has(OpScoped)
}

var opNames = []string{
	"contains", "remove", "entry", "negative", "many", "lease", "lease-shared", "len", "clear", "keys", "watch", "stats", "scoped",
	"len-all", "clear-all",
}

// String lists the capabilities: "contains|entry|many".
func (o Op) String() string {
	var names []string
	for i, name := range opNames {
		if o.Has(1 << i) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "|")
}

// Supporter is a cache that tells its capabilities itself. Layers do: they have every method, but keep
// only the promises of what they wrap.
type Supporter interface {
	// Supports returns the capabilities. They are constant, computed when the cache is built.
	Supports() Op
}

// Supports returns the capabilities of c: what it says itself if it is a [Supporter], and otherwise those whose
// interfaces it has; then leases are not taken to be shared, nor negative entries to be possible.
func Supports[K comparable, V any](c Cache[K, V]) Op {
	if s, ok := c.(Supporter); ok {
		return s.Supports()
	}
	var ops Op
	if _, ok := c.(Container[K]); ok {
		ops |= OpContains
	}
	if _, ok := c.(Remover[K]); ok {
		ops |= OpRemove
	}
	if _, ok := c.(EntryCache[K, V]); ok {
		ops |= OpEntry
	}
	if _, ok := c.(ManyCache[K, V]); ok {
		ops |= OpMany
	}
	if _, ok := c.(LeaseCache[K, V]); ok {
		ops |= OpLease
	}
	if _, ok := c.(Sizer[K]); ok {
		ops |= OpLen
	}
	if _, ok := c.(Clearer[K]); ok {
		ops |= OpClear
	}
	if _, ok := c.(KeyLister[K]); ok {
		ops |= OpKeys
	}
	if _, ok := c.(Watcher[K]); ok {
		ops |= OpWatch
	}
	if _, ok := c.(StatsReporter); ok {
		ops |= OpStats
	}
	return ops
}
