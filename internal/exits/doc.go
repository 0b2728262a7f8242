// Package exits has tests only: that a cached function gives its lease back however its load ends, over every kind of
// storage. The storage is looked into afterwards, past the library: nothing is left in it.
package exits
