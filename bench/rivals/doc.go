// Package rivals compares this library with others that do the same. It is a module of its own, so that the module of the
// library does not need the others.
//
//	make rivals-far
//
// compares reads from a Redis server, over this library and over its rivals. They take turns, so that all of them meet
// the same load of the machine, and the table shows medians. Compare only numbers of the same run.
package rivals
