// Package memcachedtest gives tests a real Memcached: a private memcached on a free loopback port, that does not
// outlive the test, not even when the test binary crashes.
//
//	server := memcachedtest.Start(t)        // one of its own, to pause, stop and restart
//	server := memcachedtest.Shared(t)       // one for the whole test binary: cheap, share it by prefixes
//
// A test that finds no memcached in PATH is skipped, or fails if the environment variable CACHED_REQUIRE_SERVERS
// is 1.
package memcachedtest
