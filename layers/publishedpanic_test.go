package layers_test

import (
	"context"
	"testing"
	"testing/synctest"
	"unsafe"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// panicking is a publisher with a bug.
type panickingPublisher struct{ *bus }

func (panickingPublisher) Publish(context.Context, ...ctxcache.Event) error { panic("bug") }

// A panic of the publisher is the caller's, whether or not its context can end.
func TestPublishedPanics(t *testing.T) {
	for name, ctx := range map[string]context.Context{"endless": context.Background(), "can end": t.Context()} {
		func() {
			defer func() {
				if r := recover(); r != "bug" {
					t.Errorf("%s: recovered %v", name, r)
				}
			}()
			_ = layers.Published(newMemory[string](), panickingPublisher{newBus()}).Set(ctx, "a", "new", 0)
			t.Errorf("%s: Set has returned", name)
		}()
	}
}

// A publication that outlives its call is of the key that the call had, although the key was a view of a buffer.
func TestPublishedViewsOfABuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBus()
		b.hold = make(chan struct{})
		c := layers.Published(newMemory[string](), b)
		ctx, leave := context.WithCancel(t.Context())
		buffer, ended := []byte("alice"), make(chan error)
		go func() { ended <- c.Set(ctx, unsafe.String(&buffer[0], len(buffer)), "new", 0) }()
		<-b.arrived
		leave()
		if err := <-ended; err != context.Canceled {
			t.Errorf("Set: %v", err)
		}
		copy(buffer, "mally")
		close(b.hold)
		synctest.Wait()
		if events := b.take(); len(events) != 1 || events[0].Key != "alice" {
			t.Errorf("published: %v", events)
		}
	})
}
