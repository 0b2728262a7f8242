package remotetest

import (
	"strconv"
	"sync/atomic"
)

var prefixes atomic.Int64

// NextPrefix returns a prefix for the keys of a test that no other test of the binary has.
func NextPrefix() string { return "test" + strconv.FormatInt(prefixes.Add(1), 10) + ":" }
