// Package testserver runs servers for tests: private processes on free loopback ports, that do not outlive the test,
// not even when the test binary crashes. Packages redistest and memcachedtest say which.
//
// A test that finds no such server in PATH is skipped, or fails if the environment variable CACHED_REQUIRE_SERVERS
// is 1.
package testserver
