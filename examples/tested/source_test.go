package tested_test

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/examples/tested"
)

// directory is a source for tests. It counts how often it is asked.
type directory struct {
	profiles map[string]tested.Profile
	asked    atomic.Int64
}

func newDirectory() *directory {
	return &directory{profiles: map[string]tested.Profile{"ada": {Name: "Ada"}}}
}

func (d *directory) ProfileOf(_ context.Context, user string) (tested.Profile, error) {
	d.asked.Add(1)
	if profile, ok := d.profiles[user]; ok {
		return profile, nil
	}
	return tested.Profile{}, ctxcache.ErrNotFound
}
