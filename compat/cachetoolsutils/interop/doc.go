// Interop shares a Redis and a Memcached with Python: it writes, reads or deletes what files of golden vectors say,
// through the caches of package cachetoolsutils, so that what Python wrote can be read here and the other way round.
//
//	go run ./compat/cachetoolsutils/interop --redis HOST:PORT --memcached HOST:PORT --op write|read|delete --set FILE [--set FILE ...]
//
// It prints how many cases were ok and how many bad, and why each of these was. The exit status is 0 if all
// were ok, 1 if not, and 2 if it could not begin.
package main
