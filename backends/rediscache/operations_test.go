package rediscache_test

import "github.com/ctxcache/cached/internal/remotetest"

// operations are a call of every method that talks to the server and does not take a lease. "free" should be absent, and
// "held" have a value.
var operations = remotetest.Redis.Operations
