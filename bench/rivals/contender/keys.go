package contender

import "fmt"

// The sizes of the entries with string keys, in bytes.
const (
	KeySize   = 21
	ValueSize = 64
)

// StringKey returns the key with number n. Keys of different numbers below 2^32 differ.
func StringKey(n int) string { return fmt.Sprintf("user:%08x:p%06d", uint32(n), n%1_000_000) }

// IntKey returns the key with number n.
func IntKey(n int) uint64 { return uint64(n) }
