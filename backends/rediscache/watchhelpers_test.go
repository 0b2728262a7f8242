package rediscache_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// follower is a Watch under way. It hears events one at a time.
type follower struct {
	t      testing.TB
	cancel context.CancelFunc
	events chan ctxcache.Event // has room for all events of a test
	ended  chan error
}

// follow starts a Watch, and returns when the first event, which must be a Gap, has come.
func follow(t testing.TB, cache ctxcache.Cache[string, []byte]) *follower {
	t.Helper()
	f := startFollowing(t, cache)
	if e := f.next(); !e.Gap {
		t.Fatalf("the first event is %+v, want a Gap", e)
	}
	return f
}

// startFollowing starts a Watch that ends with the test.
func startFollowing(t testing.TB, cache ctxcache.Cache[string, []byte]) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{t: t, cancel: cancel, events: make(chan ctxcache.Event, 10_000), ended: make(chan error, 1)}
	go func() {
		f.ended <- ctxcache.Watch(ctx, cache, func(e ctxcache.Event) { f.events <- e })
	}()
	t.Cleanup(f.stop)
	return f
}

// stop ends the Watch and waits for its end.
func (f *follower) stop() {
	f.cancel()
	err := <-f.ended
	f.ended <- err // so that stop may be called again
}

// end waits until the Watch has ended by itself, and returns its error.
func (f *follower) end() error {
	err := <-f.ended
	f.ended <- err
	return err
}

// next waits for the next event.
func (f *follower) next() ctxcache.Event {
	f.t.Helper()
	select {
	case e := <-f.events:
		return e
	case err := <-f.ended:
		f.ended <- err
		f.t.Fatalf("Watch has ended: %v", err)
		panic("unreachable")
	}
}

// heard makes a change that comes after all others, and returns the events before it.
func (f *follower) heard(client redis.Cmdable, last string) []ctxcache.Event {
	f.t.Helper()
	must(f.t, client.Set(f.t.Context(), last, "", hour).Err())
	var events []ctxcache.Event
	for {
		e := f.next()
		if e.Key == last {
			return events
		}
		events = append(events, e)
	}
}

// keysOf returns the keys in events, each once and in the order of the events, and "*" for an event about all keys.
func keysOf(events []ctxcache.Event) string {
	var keys []string
	seen := make(map[string]bool)
	for _, e := range events {
		key := "*"
		if !e.All && !e.Gap {
			key = e.Key.(string)
		}
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return strings.Join(keys, " ")
}

// watchers returns the IDs of the connections that a server has for Watch.
func watchers(t testing.TB, client *redis.Client) []string {
	t.Helper()
	list, err := client.Do(t.Context(), "CLIENT", "LIST").Text()
	must(t, err)
	var ids []string
	for line := range strings.Lines(list) {
		fields := make(map[string]string)
		for field := range strings.FieldsSeq(line) {
			name, value, _ := strings.Cut(field, "=")
			fields[name] = value
		}
		if strings.Contains(fields["flags"], "t") { // tracking
			ids = append(ids, fields["id"])
		}
	}
	return ids
}

// wantEnded ends the test if err is not a failure of Watch.
func wantEnded(t testing.TB, err error) {
	t.Helper()
	fails(t, err, ctxcache.OpWatch)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("the failure %v passes for a cache that cannot watch", err)
	}
}

// rejected returns how often the server has refused a command.
func rejected(commandstats, command string) int {
	_, rest, _ := strings.Cut(commandstats, "cmdstat_"+command+":")
	line, _, _ := strings.Cut(rest, "\r\n")
	_, digits, _ := strings.Cut(line, "rejected_calls=")
	digits, _, _ = strings.Cut(digits, ",")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// newClient returns a client that is closed when t ends.
func newClient(t testing.TB, options *redis.Options) *redis.Client {
	t.Helper()
	client := redis.NewClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}
