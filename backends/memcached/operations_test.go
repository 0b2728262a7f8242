package memcached_test

import "github.com/ctxcache/cached/internal/remotetest"

// operations are a call of every method that talks to the servers and does not take a lease. They expect that "free" is
// absent and that "held" has a value.
func operations() []remotetest.Operation { return remotetest.Memcached.Operations }

// spenders are a call of every method that takes a lease. Those that fill store "secret value".
var spenders = remotetest.Spenders
