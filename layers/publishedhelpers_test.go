package layers_test

import (
	"context"
	"sync"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// bus is a channel in this process.
type bus struct {
	mu        sync.Mutex
	published []ctxcache.Event
	queues    map[*queue]struct{}
	fail      error         // what Publish returns; or nil
	hold      chan struct{} // what Publish waits for; or nil
	arrived   chan struct{} // receives when Publish waits
}

// queue has the events of one Watch.
type queue struct {
	events []ctxcache.Event
	more   chan struct{} // has room for one
}

func newBus() *bus { return &bus{queues: make(map[*queue]struct{}), arrived: make(chan struct{}, 10)} }

func (b *bus) Publish(_ context.Context, events ...ctxcache.Event) error {
	b.mu.Lock()
	hold, fail := b.hold, b.fail
	b.mu.Unlock()
	if hold != nil {
		b.arrived <- struct{}{}
		<-hold
	}
	if fail != nil {
		return fail
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = append(b.published, events...)
	for q := range b.queues {
		q.add(events...)
	}
	return nil
}

func (q *queue) add(events ...ctxcache.Event) {
	q.events = append(q.events, events...)
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (b *bus) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	q := &queue{more: make(chan struct{}, 1)}
	q.add(ctxcache.Event{Gap: true})
	b.mu.Lock()
	b.queues[q] = struct{}{}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.queues, q)
		b.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-q.more:
		}
		b.mu.Lock()
		events := q.events
		q.events = nil
		b.mu.Unlock()
		for _, e := range events {
			fn(e)
		}
	}
}

// StoredKey returns key, unless it is "unpublished".
func (b *bus) StoredKey(key any) any {
	if key == "unpublished" {
		return nil
	}
	return key
}

// take returns what was published since the last take.
func (b *bus) take() []ctxcache.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.published
	b.published = nil
	return events
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
