package rediscache

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// undo deletes keys after writes whose outcome is unknown. Such a write may arrive late, when a copy of it has been
// waiting in a buffer: after the caller has deleted the key, or has written it again. So undo deletes each key at once,
// and once more after the timeouts of the client. If the server does not answer that, or answers that it cannot work now,
// undo tries again, each time after the same pause, until the server has deleted the key or refuses to. In the worst case
// this costs a miss.
//
// The methods may be called concurrently. They do not wait for the server. One goroutine of the cache waits until keys
// are to be deleted. Each server has one that deletes them, so that a server that hangs holds up only its own keys. They
// end when nothing is left to delete, and with Close.
type undo struct {
	cache *Cache
	wait  time.Duration // until the second delete

	mu      sync.Mutex
	running bool
	more    chan struct{}       // wakes the goroutine; has room for one
	now     []string            // to delete at once
	later   []deadline          // to delete once more, in the order of time
	parts   map[string][]string // to delete next, by server; a server has an entry while its goroutine runs
}

type deadline struct {
	stored string
	at     time.Time
}

// maxUndo bounds the memory while servers are down: there are at most so many keys to delete at once, on each server, and
// to delete later. Further deletes are left out. Their callers know that the writes have failed.
const maxUndo = 100_000

func newUndo(c *Cache) *undo {
	u := &undo{cache: c, wait: clientTimeouts(c.client)}
	u.more, u.parts = make(chan struct{}, 1), make(map[string][]string)
	return u
}

// clientTimeouts returns how long a client waits for a server that it is connected to.
func clientTimeouts(client redis.UniversalClient) time.Duration {
	const byDefault = 5 * time.Second // of go-redis
	read, write := byDefault, byDefault
	switch client := client.(type) {
	case singleClient:
		read, write = client.Options().ReadTimeout, client.Options().WriteTimeout
	case interface{ Options() *redis.ClusterOptions }:
		read, write = client.Options().ReadTimeout, client.Options().WriteTimeout
	case interface{ Options() *redis.RingOptions }:
		read, write = client.Options().ReadTimeout, client.Options().WriteTimeout
	}
	if read <= 0 { // the default, or no timeout at all
		read = byDefault
	}
	if write <= 0 {
		write = byDefault
	}
	return read + write
}

// unknown deletes keys whose writes may still arrive.
func (u *undo) unknown(stored []string) { u.add(stored, stored) }

// known deletes keys whose writes have arrived, or never will.
func (u *undo) known(stored []string) { u.add(stored, nil) }

// again deletes keys later whose deletion has failed, unless they wait for that already.
func (u *undo) again(stored []string) {
	u.mu.Lock()
	waiting := make(map[string]bool, len(u.later))
	for _, d := range u.later {
		waiting[d.stored] = true
	}
	u.mu.Unlock()
	u.add(nil, slices.DeleteFunc(stored, func(s string) bool { return waiting[s] }))
}

// add deletes the keys in now at once, and the keys in later after the timeouts of the client.
func (u *undo) add(now, later []string) {
	if len(now)+len(later) == 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now = append(u.now, now[:min(len(now), maxUndo-len(u.now))]...)
	at := time.Now().Add(u.wait)
	for _, s := range later[:min(len(later), maxUndo-len(u.later))] {
		u.later = append(u.later, deadline{s, at})
	}
	select {
	case u.more <- struct{}{}:
	default:
	}
	if !u.running {
		// The goroutine belongs to the cache, not to the caller. After Close it does not start, and nothing is deleted.
		if u.running = u.cache.calls.Go(context.Background(), u.run); !u.running {
			u.now, u.later = nil, nil
		}
	}
}

func (u *undo) run(ctx context.Context) {
	ended := false
	defer func() {
		if !ended { // by Close, or by a panic of a hook: then the next deletes start another goroutine
			u.mu.Lock()
			u.running = false
			u.mu.Unlock()
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var due []string
		var next time.Duration
		if due, next, ended = u.take(); ended {
			return
		}
		if len(due) > 0 {
			u.divide(ctx, due)
			continue
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return
		case <-u.more:
		case <-timer.C:
		}
	}
}

// divide gives keys to the goroutines of their servers.
func (u *undo) divide(ctx context.Context, due []string) {
	parts := make(map[string][]string)
	for _, s := range due {
		server := u.cache.serverOf(ctx, s)
		parts[server] = append(parts[server], s)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for server, part := range parts {
		waiting, running := u.parts[server]
		u.parts[server] = append(waiting, part[:min(len(part), maxUndo-len(waiting))]...)
		if !running {
			u.start(server)
		}
	}
}

// start starts the goroutine of a server. After Close it does not start. The lock is held.
func (u *undo) start(server string) {
	// The goroutine belongs to the cache, as the one that gives it keys.
	if !u.cache.calls.Go(context.Background(), func(ctx context.Context) { u.runPart(ctx, server) }) {
		delete(u.parts, server)
	}
}

// runPart deletes the keys of a server until none is left.
func (u *undo) runPart(ctx context.Context, server string) {
	ended := false
	defer func() {
		if !ended { // by a panic of a hook: another goroutine deletes the other keys
			u.mu.Lock()
			defer u.mu.Unlock()
			u.start(server)
		}
	}()
	for {
		var part []string
		if part, ended = u.takePart(server); ended {
			return
		}
		var failed []string
		for i, cmd := range u.cache.remove(ctx, u.cache.client, part) {
			if err := cmd.Err(); err != nil && !refuses(err) { // there is nobody to report a refusal to
				failed = append(failed, part[i])
			}
		}
		if len(failed) > 0 {
			u.again(failed)
		}
	}
}

// takePart returns the keys to delete on a server now. If there are none, its goroutine ends.
func (u *undo) takePart(server string) (part []string, ended bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	part = u.parts[server]
	if len(part) == 0 {
		delete(u.parts, server)
		return nil, true
	}
	u.parts[server] = nil
	return part, false
}

// take returns the keys to delete now, or how long to wait for the next ones. If there are none, the goroutine ends.
func (u *undo) take() (due []string, next time.Duration, ended bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	due, u.now = u.now, nil
	now := time.Now()
	for len(u.later) > 0 && !u.later[0].at.After(now) {
		due = append(due, u.later[0].stored)
		u.later = u.later[1:]
	}
	switch {
	case len(due) > 0:
		return due, 0, false
	case len(u.later) > 0:
		return nil, u.later[0].at.Sub(now), false
	}
	u.later = nil
	u.running = false
	return nil, 0, true
}
