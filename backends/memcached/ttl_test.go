package memcached_test

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

const day = 24 * hour

// TestExpiries looks at the commands, because gomemcache cannot ask a server for the TTL of an item.
func TestExpiries(t *testing.T) {
	server := newScripted(t, func(command, _ string) string {
		if strings.HasPrefix(command, "gets ") {
			return "END\r\n"
		}
		return "STORED\r\n"
	})
	cache := newCacheOver(t, server, &memcached.Options{TTL: 90 * time.Second, LeaseTTL: 1500 * time.Millisecond})
	for ttl, want := range map[time.Duration]int64{
		0:                    90,
		1:                    1,
		time.Millisecond:     1,
		time.Second - 1:      1,
		time.Second:          1,
		time.Second + 1:      2,
		hour:                 3600,
		30*day - time.Second: 30*24*3600 - 1,
		30 * day:             30 * 24 * 3600,
		ctxcache.NoExpiry:    0,
		30*day + 1:           -(30*24*3600 + 1), // sent as a Unix time, which is this long from now
		365 * day:            -365 * 24 * 3600,
	} {
		before := time.Now()
		must(t, cache.Set(t.Context(), "key", nil, ttl))
		after := time.Now()
		got := server.expiry(t)
		if want >= 0 {
			if got != want {
				t.Errorf("a TTL of %v is sent as %d, want %d", ttl, got, want)
			}
			continue
		}
		if least, most := before.Unix()-want, after.Unix()-want+1; got < least || got > most {
			t.Errorf("a TTL of %v is sent as %d, want it between %d and %d", ttl, got, least, most)
		}
	}
	end := time.Unix(math.MaxInt32, 0)
	must(t, cache.Set(t.Context(), "key", nil, time.Until(end)-time.Minute))
	for _, ttl := range []time.Duration{time.Until(end) + time.Minute, 100 * 365 * day, ctxcache.NoExpiry - 1} {
		if err := cache.Set(t.Context(), "key", nil, ttl); !errors.Is(err, ctxcache.ErrTTL) {
			t.Errorf("a TTL of %v, whose end does not fit in 32 bits: %v", ttl, err)
		}
	}

	must(t, cache.SetEntry(t.Context(), "key", entry{Meta: ctxcache.Meta{TTL: hour, CopyTTL: time.Minute}}))
	if got := server.expiry(t); got != 60 {
		t.Errorf("a CopyTTL of a minute is sent as %d", got)
	}
	must(t, cache.SetEntry(t.Context(), "key", negative(0)))
	if got := server.expiry(t); got != 90 {
		t.Errorf("the default TTL of a negative entry is sent as %d", got)
	}
	absentLease(t, t.Context(), cache, "key")
	if got := server.expiry(t); got != 3 {
		t.Errorf("a LeaseTTL of 1.5 s is sent as %d, want 3: rounded up, and one more for the server's clock", got)
	}
}

// expiry returns the expiry of the last item that was sent.
func (s *scripted) expiry(t *testing.T) int64 {
	t.Helper()
	items := slices.DeleteFunc(s.commands(), func(command string) bool { return strings.HasPrefix(command, "gets ") })
	fields := strings.Fields(items[len(items)-1])
	n, err := strconv.ParseInt(fields[3], 10, 64)
	must(t, err)
	return n
}
