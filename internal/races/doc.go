// Package races has only tests: races that every stack of caches must survive. Each race is a function that makes one
// interleaving happen, without sleeps. It returns a description of what went wrong, if anything did. It runs over
// memory, Redis and Memcached, and over two levels of them, where that makes sense. It also runs over a naive double of
// the same stack. Something must go wrong there: that proves that the race would notice it. docs/races.md lists the
// races.
package races
