package space_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/space"
)

func TestEntriesTakeMoreThanTheirPayload(t *testing.T) {
	for _, c := range contender.All() {
		for _, ttl := range []time.Duration{0, time.Hour} {
			if !c.Can(ttl) {
				continue
			}
			f, err := space.Entry(c, 2_000, ttl)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			if f.Entries < 1_000 || f.PerEntry < space.Payload {
				t.Errorf("%s, TTL %v: %d entries of %.0f bytes", c.Name, ttl, f.Entries, f.PerEntry)
			}
		}
	}
}

func TestCollectionsCostTime(t *testing.T) {
	for _, c := range contender.All() {
		if c.Ints == nil {
			continue
		}
		g, err := space.Collect(c, 1_000)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if g.Heap == 0 || g.Objects == 0 || g.Wall <= 0 || g.CPU <= 0 || g.Pause <= 0 || g.Write <= 0 {
			t.Errorf("%s: %+v", c.Name, g)
		}
	}
}
