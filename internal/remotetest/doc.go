// Package remotetest runs tests over everything that stores entries: in memory, in a real Redis and in a real Memcached.
//
// [RunLayers] runs the conformance suite on layers over each of these stores. A [Kind] is a kind of server with its
// backend, for tests that stop it, freeze it and restart it, and that hold over both kinds.
//
// The binaries of tests that use it need a TestMain which stops the shared servers:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(memcachedtest.Main(redistest.Main(m))) }
package remotetest
