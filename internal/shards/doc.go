// Package shards spreads keys over the parts of a structure. Each part has its own keys and its own lock.
//
//	i := shards.Of(key, 64) // the shard of key, from 0 to 63
package shards
