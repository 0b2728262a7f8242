// Package redistest gives tests a real Redis: a private redis-server on a free loopback port, without persistence. The
// server ends with the test, and on Linux even if the test binary crashes.
//
//	server := redistest.Start(t)           // a server for this test, to pause, stop and restart
//	server := redistest.Shared(t)          // one server for the test binary: cheap; use a prefix for each test
//	cluster := redistest.StartCluster(t, 3) // and StartReplicatedCluster, to fail over, and to move slots
//	behind := redistest.StartSentinels(t, 2, 3) // a master, 2 replicas and 3 sentinels
//	client := server.Client(t)
//
// If PATH does not have a redis-server, the test is skipped. If the environment variable CACHED_REQUIRE_SERVERS is 1, it
// fails.
package redistest
