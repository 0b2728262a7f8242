// Package tested is code that uses a cache, with three ways to test it. Its tests are the part to read: they use a cache in
// memory with fake time, a fake Redis server, and a cache with injected faults. docs/testing.md explains them.
package tested
