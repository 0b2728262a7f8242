// Package history has only tests. They run histories (see package ctxcache/cachetest/history) of the stacks of this
// library. A plain run does a small part of what make history does. Each stack has a double that stores fills even if
// their leases were lost. The history must find illegal answers there. That proves that it would notice them.
//
//	go test ./internal/history
//	make history
package history
