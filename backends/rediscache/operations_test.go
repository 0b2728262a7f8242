package rediscache_test

import (
	"slices"

	"github.com/ctxcache/cached/internal/remotetest"
)

// operations are a call of every method that talks to the server and does not take a lease. "free" should be absent, and
// "held" have a value.
func operations() []remotetest.Operation {
	return slices.DeleteFunc(slices.Clone(remotetest.Redis.Operations), func(o remotetest.Operation) bool {
		return o.Name == "Stats" // which does not talk to the server
	})
}
