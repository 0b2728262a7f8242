// Package testserver runs servers for tests. They are private processes on free loopback ports. They end with the test,
// and on Linux even if the test binary crashes. Packages redistest and memcachedtest choose the servers.
//
// A test is skipped if its server is not in PATH. It fails instead if the environment variable CACHED_REQUIRE_SERVERS
// is 1. With -short every test that needs a server is skipped.
package testserver
