package memory_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// modelEntry is an entry of the model: what was written, and when it ends.
type modelEntry struct {
	value        int
	absent       bool
	expires, end time.Time // zero: never
	staleFor     time.Duration
	used         int // when it was last read or written, in uses of all entries
}

// model is what a cache should be that has no bound but MaxNegative: a map, and the leases that stand.
type model struct {
	maxNegative int
	entries     map[byte]modelEntry
	leases      map[byte]ctxcache.Lease
	uses        int
}

// find returns the live entry of key.
func (m *model) find(key byte) (modelEntry, bool) {
	e, ok := m.entries[key]
	return e, ok && (e.end.IsZero() || time.Now().Before(e.end))
}

// write stores an entry, which ends the lease on key.
func (m *model) write(key byte, e ctxcache.Entry[int]) {
	delete(m.leases, key)
	if e.Absent {
		m.thin(key)
	}
	m.uses++
	written := modelEntry{value: e.Value, absent: e.Absent, staleFor: e.StaleFor, used: m.uses}
	if e.TTL != ctxcache.NoExpiry {
		written.expires = time.Now().Add(e.TTL)
		written.end = written.expires
	}
	if e.CopyTTL > 0 && (written.end.IsZero() || e.CopyTTL < e.TTL) {
		written.end = time.Now().Add(e.CopyTTL)
	}
	m.entries[key] = written
}

// thin makes room for a negative entry of key: if there is none, it evicts the least recently used negative entry. Leases
// stand.
func (m *model) thin(key byte) {
	var oldest byte
	others := 0
	for other := range byte(16) {
		e, there := m.find(other)
		if !there || !e.absent || other == key {
			continue
		}
		others++
		if others == 1 || e.used < m.entries[oldest].used {
			oldest = other
		}
	}
	if others == m.maxNegative {
		delete(m.entries, oldest)
	}
}

// delete ends both the entry and the lease on key.
func (m *model) delete(key byte) {
	delete(m.entries, key)
	delete(m.leases, key)
}

// check compares what a read of key answered with what the model has.
func (m *model) check(t *testing.T, key byte, got ctxcache.Entry[int], err error) {
	t.Helper()
	want, ok := m.find(key)
	if ok {
		m.uses++
		want.used = m.uses
		m.entries[key] = want
	}
	switch {
	case !ok:
		if err != ctxcache.ErrMiss {
			t.Fatalf("key %d: %+v, %v; want a miss", key, got, err)
		}
		return
	case want.absent:
		if err != ctxcache.ErrNotFound || !got.Absent {
			t.Fatalf("key %d: %+v, %v; want a negative entry", key, got, err)
		}
	case err != nil || got.Value != want.value || got.Absent:
		t.Fatalf("key %d: %+v, %v; want %d", key, got, err, want.value)
	}
	ttl := ctxcache.NoExpiry
	if !want.expires.IsZero() {
		ttl = time.Until(want.expires)
	}
	if got.TTL != ttl {
		t.Fatalf("key %d: remaining TTL %v, want %v", key, got.TTL, ttl)
	}
	copyTTL := time.Duration(0)
	if want.end != want.expires {
		copyTTL = time.Until(want.end)
	}
	left := min(want.staleFor, ttl)
	if got.CopyTTL != copyTTL || got.StaleFor != left || got.StaleAge != want.staleFor-left {
		t.Fatalf("key %d: %+v, want a CopyTTL of %v, and %v of a window of %v", key, got, copyTTL, left, want.staleFor)
	}
}

// checkReads checks every way to read key.
func (m *model) checkReads(t *testing.T, c *memory.Cache[byte, int], key byte) {
	t.Helper()
	got, err := c.GetEntry(t.Context(), key)
	m.check(t, key, got, err)
	value, valueErr := c.Get(t.Context(), key)
	if value != got.Value || valueErr != err {
		t.Fatalf("Get(%d) = %d, %v; GetEntry says %+v, %v", key, value, valueErr, got, err)
	}
	if has, hasErr := c.Contains(t.Context(), key); hasErr != nil || has != (err == nil) {
		t.Fatalf("Contains(%d) = %v, %v; GetEntry says %v", key, has, hasErr, err)
	}
	many, manyErr := c.GetEntries(t.Context(), []byte{key, key})
	if e, found := many[key]; manyErr != nil || e != got || found != (err != ctxcache.ErrMiss) {
		t.Fatalf("GetEntries(%d) = %v, %v; GetEntry says %+v, %v", key, many, manyErr, got, err)
	}
}

// FuzzAgainstModel decodes a program from bytes, and runs it on a cache and on the model, with and without MaxNegative.
// Every operation is three bytes: what to do, the key, and an argument.
func FuzzAgainstModel(f *testing.F) {
	random := rand.NewChaCha8([32]byte{})
	for length := range 100 { // long programs meet states that mutation alone is slow to find
		program := make([]byte, 10*length)
		if _, err := random.Read(program); err != nil {
			f.Fatal(err)
		}
		f.Add(program)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		for _, opts := range []memory.Options[byte, int]{
			{MaxEntries: memory.Unbounded, Shards: 4},
			{MaxEntries: memory.Unbounded, Shards: 1, MaxNegative: 2},
		} {
			synctest.Test(t, func(t *testing.T) { runProgram(t, opts, program) })
		}
	})
}

// spend ends the lease on key in one of the ways, if there is one, and then tries to once more.
func (m *model) spend(t *testing.T, c *memory.Cache[byte, int], key, arg byte, e, written ctxcache.Entry[int]) {
	t.Helper()
	lease := m.leases[key]
	ways := []func() error{
		func() error { return c.Release(t.Context(), key, lease) },
		func() error { return c.Drop(t.Context(), key, lease) },
		func() error { return c.Fill(t.Context(), key, lease, e) },
	}
	want := error(nil)
	if !lease.Granted() {
		want = ctxcache.ErrLeaseLost
	}
	if err := ways[arg%3](); err != want {
		t.Fatalf("way %d of ending the lease on %d: %v, want %v", arg%3, key, err, want)
	}
	if lease.Granted() {
		delete(m.leases, key)
		switch arg % 3 {
		case 1:
			m.delete(key)
		case 2:
			m.write(key, written)
		}
	}
	for i, end := range ways {
		if err := end(); err != ctxcache.ErrLeaseLost {
			t.Fatalf("way %d of ending a lease that has ended: %v, want ErrLeaseLost", i, err)
		}
	}
}

func runProgram(t *testing.T, opts memory.Options[byte, int], program []byte) {
	opts.LeaseTTL = ctxcache.NoExpiry
	c := memory.New(&opts)
	m := &model{maxNegative: opts.MaxNegative, entries: make(map[byte]modelEntry), leases: make(map[byte]ctxcache.Lease)}
	if opts.MaxNegative == 0 {
		m.maxNegative = math.MaxInt
	}
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for step := 0; len(program) >= 3; step, program = step+1, program[3:] {
		key, arg := program[1]%16, program[2]
		ttl := time.Duration(arg%8) * time.Second // 0 is forever, by default
		e := ctxcache.Entry[int]{Value: step, Meta: ctxcache.Meta{TTL: ttl, CopyTTL: time.Duration(arg>>4%4) * time.Second}}
		if arg&8 != 0 {
			e.StaleFor = ttl / 2
		}
		if e.Absent = arg >= 192; e.Absent {
			e.Value = 0
		}
		written := e
		if ttl == 0 {
			written.TTL = ctxcache.NoExpiry
		}
		switch program[0] % 9 {
		case 0:
			ok(c.Set(ctx, key, step, ttl))
			m.write(key, ctxcache.NewEntry(step, written.TTL))
		case 1:
			m.checkReads(t, c, key)
		case 2:
			want, there := m.find(key)
			was, err := c.Remove(ctx, key)
			ok(err)
			if was != (there && !want.absent) {
				t.Fatalf("Remove(%d) = %v, the model has %v, %v", key, was, want, there)
			}
			m.delete(key)
		case 3:
			ok(c.SetEntry(ctx, key, e))
			m.write(key, written)
		case 4:
			refreshBelow := ttl
			if arg == 255 {
				refreshBelow = ctxcache.NoExpiry
			}
			got, lease, err := c.GetLease(ctx, key, refreshBelow)
			m.check(t, key, got, err)
			want, there := m.find(key)
			due := !there || refreshBelow == ctxcache.NoExpiry ||
				!want.expires.IsZero() && time.Until(want.expires) <= refreshBelow
			held := m.leases[key].Granted()
			if lease.Granted() != (due && !held) || (lease.Refusal() == ctxcache.Loading) != (due && held) {
				t.Fatalf("GetLease(%d): lease %+v; due: %v, held: %v", key, lease, due, held)
			}
			if lease.Granted() {
				m.leases[key] = lease
			}
		case 5:
			m.spend(t, c, key, arg, e, written)
		case 6:
			scope := ctxcache.Scope[byte]{Match: func(key byte) bool { return key&arg == 0 }}
			ok(c.Clear(ctx, scope))
			for key := range byte(16) {
				if scope.Covers(key) {
					m.delete(key)
				}
			}
		case 7:
			time.Sleep(time.Duration(arg) * 100 * time.Millisecond)
		case 8:
			want := 0
			for key := range byte(16) {
				if e, there := m.find(key); there && !e.absent {
					want++
				}
			}
			got, err := ctxcache.Len(ctx, c)
			ok(err)
			if got != want {
				t.Fatalf("Len = %d, want %d", got, want)
			}
		}
		mustBeSound(t, c)
	}
	for key := range byte(16) {
		m.checkReads(t, c, key)
	}
}
