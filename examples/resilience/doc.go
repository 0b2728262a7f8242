// Resilience shows what callers notice when a source fails, and how often the source is asked meanwhile.
//
//	go run ./examples/resilience [-svg FILE]
//
// The source has 10 keys. It works while the cache is filled, and then it breaks. From that moment on, 1,000 callers
// arrive, one every 2 ms. Each asks for one of the keys and leaves after 250 ms, as a request with a deadline does. A
// value lives for 200 ms, so callers soon depend on the source. It breaks in three ways:
//
//	dead      every load fails, after 50 ms
//	slow      every load takes 400 ms, which is longer than a caller waits
//	flapping  it is dead for 400 ms, works for 200 ms, is dead again, and so on
//
// In front of each there is a cache in memory, with three kinds of protection:
//
//	none          a caller that misses asks the source, and stores the value
//	singleflight  the callers of a key share one load, by golang.org/x/sync/singleflight; it goes on without its callers
//	cached        a cached function with the options in protection.go
//
// The program makes the 9 trials at the same time, which takes about 3 seconds. It prints a table with a row for each:
//
//	loads    how often the source was asked after it broke
//	at once  how many of these loads ran at the same time
//	answered how many of the 1,000 callers got a value; the others got an error, or left
//	stale    how many of the answers were older than their TTL
//	oldest   the age of the oldest answer, since its load
//	slowest  the longest time that a caller waited, with or without an answer
//
// With -svg it also draws each caller as a mark: when it came, how long it waited, and what it got. Below the marks are
// the loads.
//
// Look for three things. Without protection, each caller that misses is one more load for a source that already
// suffers. Singleflight divides the loads by the number of callers that wait at the same time, but its callers fail
// with the source. The cached function answers all callers by values that have run out, and leaves the source alone for
// a while after a failure. The price is in the columns stale and oldest. Options.StaleFor and Options.StaleIfError
// limit it.
//
// Read protection.go first. The source is in source.go, the callers are in trial.go, and the output is in table.go and
// plot.go.
package main
