package races_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// watchable are the stores whose far reports its changes.
var watchable = []store{{name: "TwoLevel(memory,memory)", twoLevels: true}}

// farRead is a read from far. Its answer is stalled.
var farRead = cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry).First(1).Answers()

// put writes a value, and waits until all followers have received the event.
func put(ctx context.Context, n *node, value string) error {
	err := n.cache.Set(ctx, key, value, time.Hour)
	synctest.Wait()
	return err
}

// copyOf writes a value elsewhere, and makes n copy it.
func copyOf(ctx context.Context, writes, n *node, value string) error {
	if err := put(ctx, writes, value); err != nil {
		return err
	}
	if got, err := n.cache.Get(ctx, key); err != nil || got != value {
		return fmt.Errorf("the first Get returned %q, %w", got, err)
	}
	return nil
}

// TestRace03_EventOvertakesFarRead: a node reads the old value from far. Another node writes. The event arrives before
// far's answer, and finds nothing in near.
func TestRace03_EventOvertakesFarRead(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		reads, writes := s.following(), s.node()
		return overtaken(ctx, reads, writes, func() {})
	}).run(t, watchable)
}

// overtaken makes one node read from far. Before the answer arrives, another node writes, and meanwhile is called.
func overtaken(ctx context.Context, reads, writes *node, meanwhile func()) (string, error) {
	if err := put(ctx, writes, "old"); err != nil {
		return "", err
	}
	answer := reads.store.stalls.Stall(farRead)
	early := async(func() (string, error) { return reads.cache.Get(ctx, key) })
	if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
		return "", err
	}
	if err := put(ctx, writes, "new"); err != nil {
		return "", err
	}
	meanwhile()
	answer.Release()
	if r, err := await(ctx, "the early read", early); err != nil || r.err != nil || r.value != "old" {
		return "", fmt.Errorf("the read that began before the write returned %v, %w", r, err)
	}
	return wantNew(ctx, reads)
}

// TestRace04_DeafReceiver: a node loses the connection that carries far's events. Others write. The connection comes
// back.
func TestRace04_DeafReceiver(t *testing.T) {
	t.Run("near has a copy", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			reads, writes := s.following(), s.node()
			if err := copyOf(ctx, writes, reads, "old"); err != nil {
				return "", err
			}
			reads.channel.hold()
			if err := put(ctx, writes, "new"); err != nil {
				return "", err
			}
			reads.channel.reconnect()
			return wantNew(ctx, reads)
		}).run(t, watchable)
	})
	t.Run("a copy is on its way", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			reads, writes := s.following(), s.node()
			return overtaken(ctx, reads, writes, func() {
				reads.channel.hold()
				reads.channel.reconnect()
			})
		}).run(t, watchable)
	})
	t.Run("a copy is on its way, and the event is lost", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			reads, writes := s.following(), s.node()
			if err := put(ctx, writes, "old"); err != nil {
				return "", err
			}
			reads.channel.hold()
			return overtaken(ctx, reads, writes, reads.channel.reconnect)
		}).run(t, watchable)
	})
}

// TestRace05_EventsOutOfOrder: two writes follow each other. Their events arrive in the wrong order, or several times.
func TestRace05_EventsOutOfOrder(t *testing.T) {
	for name, arrival := range map[string][]int{
		"reordered": {1, 0}, "repeated": {0, 1, 0}, "both": {1, 1, 0, 1, 0, 0},
	} {
		for _, asks := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/asked between=%v", name, asks), func(t *testing.T) {
				race(func(ctx context.Context, s *stack) (string, error) {
					reads, writes := s.following(), s.node()
					if err := copyOf(ctx, writes, reads, "oldest"); err != nil {
						return "", err
					}
					reads.channel.hold()
					for _, value := range []string{"old", "new"} {
						if err := put(ctx, writes, value); err != nil {
							return "", err
						}
					}
					events := reads.channel.kept()
					if len(events) != 2 {
						return "", fmt.Errorf("two writes made the events %v", events)
					}
					for _, i := range arrival {
						reads.channel.deliver(events[i])
						if _, err := reads.cache.Get(ctx, key); asks && err != nil {
							return "", err
						}
					}
					return wantNew(ctx, reads)
				}).run(t, watchable)
			})
		}
	}
}

// TestRace05_LateClear: a copy is made between two Clears. Their events arrive in the wrong order.
func TestRace05_LateClear(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		reads, clears := s.following(), s.node()
		reads.channel.hold()
		clearAll := func() error {
			time.Sleep(time.Second)
			err := ctxcache.Clear(ctx, clears.cache)
			synctest.Wait()
			return err
		}
		if err := clearAll(); err != nil {
			return "", err
		}
		if err := copyOf(ctx, clears, reads, "old"); err != nil {
			return "", err
		}
		if err := clearAll(); err != nil {
			return "", err
		}
		events := reads.channel.kept()
		slices.Reverse(events)
		reads.channel.deliver(slices.DeleteFunc(events, func(e ctxcache.Event) bool { return !e.All })...)
		if value, err := reads.cache.Get(ctx, key); err != ctxcache.ErrMiss {
			return fmt.Sprintf("a Get that began after both Clears returns %q, %v, want a miss", value, err), nil
		}
		return "", nil
	}).run(t, watchable)
}

// TestRace27_OwnWritesSwallowForeignOnes: a node writes, and another node writes right after it.
func TestRace27_OwnWritesSwallowForeignOnes(t *testing.T) {
	for name, arrives := range map[string]func(c *channel, events []ctxcache.Event){
		"each at its time": func(*channel, []ctxcache.Event) {},
		"together":         func(c *channel, events []ctxcache.Event) { c.deliver(events...) },
		"the foreign one first": func(c *channel, events []ctxcache.Event) {
			slices.Reverse(events)
			c.deliver(events...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				follows, other := s.following(), s.node()
				if name != "each at its time" {
					follows.channel.hold()
				}
				for range 2 { // so that near has a copy that comes from a read, not from the write
					if err := put(ctx, follows, "old"); err != nil {
						return "", err
					}
					if _, err := follows.cache.Get(ctx, key); err != nil {
						return "", err
					}
				}
				if err := put(ctx, other, "new"); err != nil {
					return "", err
				}
				arrives(follows.channel, follows.channel.kept())
				return wantNew(ctx, follows)
			}).run(t, watchable)
		})
	}
}
