// Package races has tests only: races that every stack of caches must survive. Each is a function that brings
// about one interleaving, without sleeps, and says what went wrong, if something did. It runs over memory, Redis and
// Memcached, and over two levels of them, as far as it makes sense there; and it runs over a naive double of the same
// stack, where it has to find something wrong, which is the proof that it would notice. docs/races.md lists them.
package races
