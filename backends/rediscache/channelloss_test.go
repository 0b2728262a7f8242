package rediscache_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// about returns a function that reports whether a message is about a key.
func about(key string) func(message string) bool {
	return func(message string) bool { return strings.Contains(message, fmt.Sprintf(" %d:%s\r\n", len(key), key)) }
}

func publish(t testing.TB, channel *rediscache.Channel, keys ...string) {
	t.Helper()
	for _, key := range keys {
		must(t, channel.Publish(t.Context(), ctxcache.Event{Key: key}))
	}
}

// wantsNext ends the test unless these are the next events: a key each, or "gap".
func (f *follower) wantsNext(want ...string) {
	f.t.Helper()
	for _, want := range want {
		e := f.next()
		if key, _ := e.Key.(string); e.Gap != (want == "gap") || !e.Gap && key != want {
			f.t.Fatalf("the event is %+v, want %q", e, want)
		}
	}
}

// The message after one that was lost is a Gap.
func TestChannelNoticesALostMessage(t *testing.T) {
	var r courier
	server := redistest.Start(t)
	channel := newChannel(t, r.client(t, server), nextPrefix(), nil)
	f := hearing(t, channel)
	r.lose(about("b"))
	publish(t, channel, "a", "b", "c", "d")
	f.wantsNext("a", "gap", "d")
}

// If the last message is lost, nothing shows it but the question for it.
func TestChannelNoticesThatTheLastMessageIsLost(t *testing.T) {
	var r courier
	server := redistest.Start(t)
	channel := newChannel(t, r.client(t, server), nextPrefix(), &rediscache.ChannelOptions{WatchTimeout: soon})
	f := hearing(t, channel)
	r.lose(about("b"))
	publish(t, channel, "a", "b")
	f.wantsNext("a")
	err := f.end()
	if wantEnded(t, err); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Watch: %v", err)
	}
}

// Without a question, that is not noticed: the test above shows what it should.
func TestChannelThatNeverAsksMissesTheLastMessage(t *testing.T) {
	var r courier
	server := redistest.Start(t)
	client := r.client(t, server)
	name := nextPrefix()
	asking := newChannel(t, client, name, &rediscache.ChannelOptions{WatchTimeout: soon})
	silent := newChannel(t, client, name, &rediscache.ChannelOptions{WatchTimeout: ctxcache.NoExpiry})
	f, g := hearing(t, silent), hearing(t, asking)
	r.lose(about("b"))
	publish(t, asking, "b")
	wantEnded(t, g.end())
	select {
	case err := <-f.ended:
		f.ended <- err
		t.Errorf("Watch has noticed: %v", err)
	default:
	}
}

// Messages in another order than they were sent in are a Gap.
func TestChannelNoticesAnotherOrder(t *testing.T) {
	var r courier
	server := redistest.Start(t)
	channel := newChannel(t, r.client(t, server), nextPrefix(), nil)
	f := hearing(t, channel)
	r.swap()
	publish(t, channel, "a", "b")
	f.wantsNext("gap", "gap")
	publish(t, channel, "c", "d")
	f.wantsNext("gap", "d")
}

// Texts that others publish under the same name are not messages.
func TestChannelSkipsWhatOthersPublish(t *testing.T) {
	server := redistest.Start(t)
	name := nextPrefix()
	channel := newChannel(t, server.Client(t), name, nil)
	f := hearing(t, channel)
	for _, text := range []string{"", "hello", "hello world", " ", "  ", strings.Repeat("x", 100_000)} {
		must(t, server.Client(t).Publish(t.Context(), name, text).Err())
	}
	publish(t, channel, "a")
	f.wantsNext("a")
}

// A proxy that loses 15 % of the messages leaves no copy of a value that has changed.
func TestChannelOverALossyProxyLeavesNoOldCopy(t *testing.T) {
	stale := func(hidesGaps bool) (old int) {
		var r courier
		channel := newChannel(t, r.client(t, redistest.Start(t)), nextPrefix(), &rediscache.ChannelOptions{WatchTimeout: 10 * soon})
		f := hearing(t, channel)
		random := rand.New(rand.NewPCG(1, 2))
		r.lose(func(string) bool { return random.IntN(100) < 15 })
		const keys = 2000
		copies := make(map[string]bool, keys)
		for i := range keys {
			copies[strconv.Itoa(i)] = true
		}
		for key := range copies {
			publish(t, channel, key)
		}
		r.lose(nil)
		publish(t, channel, "last", "the very last") // the first one may be a Gap
		for {
			e := f.next()
			switch {
			case e.Key == "the very last":
				return len(copies)
			case e.Gap && hidesGaps:
			case e.Gap:
				clear(copies)
			default:
				delete(copies, e.Key.(string))
			}
		}
	}
	if old := stale(false); old > 0 {
		t.Errorf("%d copies are old", old)
	}
	if old := stale(true); old == 0 {
		t.Error("a follower that hides Gaps has no old copies, so the test shows nothing")
	}
}
