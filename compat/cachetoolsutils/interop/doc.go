// Interop writes, reads or deletes the entries of files of golden vectors in a Redis and a Memcached that are shared
// with Python. It uses the caches of package cachetoolsutils, and so shows that each side can read the entries of the
// other:
//
//	go run ./compat/cachetoolsutils/interop --redis HOST:PORT --memcached HOST:PORT --op write|read|delete --set FILE [--set FILE ...]
//
// It prints the numbers of good and bad cases, and the reason for each bad one. The exit status is 0 if all cases were
// good, 1 if some were bad, and 2 if it could not begin.
package main
