// Package redistest gives tests a real Redis: a private redis-server on a free loopback port, without
// persistence, that does not outlive the test, not even when the test binary crashes.
//
//	server := redistest.Start(t)        // one of its own, to pause, stop and restart
//	server := redistest.Shared(t)       // one for the whole test binary: cheap, share it by prefixes
//	cluster := redistest.StartCluster(t, 3)
//
// A test that finds no redis-server in PATH is skipped, or fails if the environment variable CACHED_REQUIRE_SERVERS
// is 1.
package redistest
