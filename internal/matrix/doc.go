// Package matrix has only tests. They run the conformance suite on the bare backends over all kinds of servers that people
// use: servers of other versions, servers that lack commands, a fake for tests, and a proxy in front of several servers.
// Where a server lacks something, they check that the cache refuses what it cannot do, and names what is missing.
//
//	go test ./internal/matrix # a short form: the servers that lack commands, and miniredis
//	make matrix               # all servers, each bare and through a prefix
//
// The environment variable SERVER_BINARIES names a folder with more servers for make matrix. The names of the programs in
// it begin with redis-server, valkey-server or memcached.
package matrix
