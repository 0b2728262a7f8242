// Package growth measures how the cache in memory behaves as work grows: with more entries, with more goroutines, with
// larger values, and while a call works on a million entries.
package growth
