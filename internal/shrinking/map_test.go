package shrinking_test

import (
	"maps"
	"runtime"
	"testing"

	"github.com/ctxcache/cached/internal/shrinking"
)

func heapBytes() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// A map that was large takes little memory when few entries are left, and has these.
func TestMapGivesMemoryBack(t *testing.T) {
	const entries, left = 100_000, 10
	var m shrinking.Map[int, int]
	before := heapBytes()
	for key := range entries {
		m.Set(key, -key)
	}
	full := heapBytes() - before
	for key := range entries - left {
		m.Delete(key)
	}
	if now := heapBytes() - before; now > full/50 {
		t.Errorf("%d bytes are left of %d", now, full)
	}
	for key := entries - left; key < entries; key++ {
		if got := m.Get(key); got != -key {
			t.Errorf("%d has become %d", key, got)
		}
	}
	if m.Len() != left {
		t.Errorf("%d entries", m.Len())
	}
	for key := range maps.Collect(m.All) {
		m.Delete(key)
	}
	if m.Len() != 0 || m.Get(entries-1) != 0 {
		t.Errorf("%d entries", m.Len())
	}
	runtime.KeepAlive(&m)
}
