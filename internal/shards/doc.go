// Package shards spreads keys over the parts of a structure. Each part has its own keys and its own lock.
package shards
