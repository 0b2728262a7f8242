// Package exits has only tests. They check that a cached function gives its lease back, however its load ends, over
// every kind of storage. Afterwards they look into the storage itself, without the library: nothing may be left there.
//
//	go test ./internal/exits
package exits
