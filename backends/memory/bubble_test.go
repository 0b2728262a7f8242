package memory_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
)

// A cache that is made outside of a bubble can be used inside, where the year is 2000.
func TestCacheOfAnotherTime(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: 10})
	synctest.Test(t, func(t *testing.T) {
		mustSet(t, c, "a", 1, time.Minute)
		time.Sleep(time.Minute - time.Microsecond)
		mustGet(t, c, "a", 1)
		if e, err := c.GetEntry(t.Context(), "a"); err != nil || e.TTL != time.Millisecond {
			t.Errorf("GetEntry: a TTL of %v, %v; want 1ms", e.TTL, err)
		}
		time.Sleep(time.Microsecond)
		mustMiss(t, c, "a")
	})
}

// A TTL of decades is reported as it is.
func TestLongTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const year = 365 * 24 * time.Hour
		c := memory.New(&memory.Options[string, int]{MaxEntries: 10})
		mustSet(t, c, "a", 1, 50*year)
		time.Sleep(year)
		e, err := c.GetEntry(t.Context(), "a")
		if err != nil || e.TTL != 49*year || e.CopyTTL != 0 {
			t.Errorf("GetEntry = %+v, %v; want a TTL of 49 years", e, err)
		}
	})
}
