// Package memcachedtest gives tests a real Memcached: a private memcached process on a free loopback port. It ends
// with the test, and on Linux even if the test binary crashes.
//
//	server := memcachedtest.Start(t)        // one of its own, to pause, stop and restart
//	server := memcachedtest.Shared(t)       // one for the whole test binary: cheap, share it by prefixes
//
// A test is skipped if memcached is not in PATH. It fails instead if the environment variable CACHED_REQUIRE_SERVERS is
// 1.
package memcachedtest
