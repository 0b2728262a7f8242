package ctxcache

// Operation names one operation of a cache. Errors, logs, spans, metrics and the test kit all spell it this way: as
// the name of its method in snake case. A backend that has operations of its own may name them in the same way.
type Operation string

// The operations of a cache.
const (
	OpGet         Operation = "get"
	OpSet         Operation = "set"
	OpDelete      Operation = "delete"
	OpContains    Operation = "contains"
	OpRemove      Operation = "remove"
	OpGetEntry    Operation = "get_entry"
	OpSetEntry    Operation = "set_entry"
	OpGetEntries  Operation = "get_entries" // GetMany and GetValues, too
	OpSetEntries  Operation = "set_entries" // SetMany, too
	OpDeleteMany  Operation = "delete_many"
	OpGetLease    Operation = "get_lease"
	OpGetLeases   Operation = "get_leases"
	OpFill        Operation = "fill"
	OpFillMany    Operation = "fill_many"
	OpRelease     Operation = "release"
	OpReleaseMany Operation = "release_many"
	OpDrop        Operation = "drop"
	OpLen         Operation = "len"
	OpClear       Operation = "clear"
	OpKeys        Operation = "keys"
	OpWatch       Operation = "watch"
	OpStats       Operation = "stats"
	OpClose       Operation = "close"
)

// The operations of a cached function, in addition to get, get_entries, contains, set, delete, delete_many and clear.
const (
	OpRefresh Operation = "refresh" // load anew
	OpLoad    Operation = "load"    // ask the source
	OpKey     Operation = "key"     // make a key of arguments
)

// Many reports whether op is about many keys.
func (op Operation) Many() bool {
	switch op {
	case OpGetEntries, OpSetEntries, OpDeleteMany, OpGetLeases, OpFillMany, OpReleaseMany:
		return true
	}
	return false
}

// Whole reports whether op is about the whole cache, or about a scope of it, and not about keys that the caller names.
func (op Operation) Whole() bool {
	switch op {
	case OpLen, OpClear, OpKeys, OpWatch, OpStats:
		return true
	}
	return false
}
