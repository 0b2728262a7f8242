package leases_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/leases"
)

const ttl = 10 * time.Second

// mustGrant grants a lease on key, whose load is not known to end if it is nil.
func mustGrant[K comparable](t *testing.T, table *leases.Table[K], key K, load <-chan struct{}, now time.Duration) uint64 {
	t.Helper()
	sequence, granted := table.Grant(key, load, now)
	if !granted || sequence == 0 {
		t.Fatalf("Grant(%v) = %d, %v; want a lease", key, sequence, granted)
	}
	mustBeSound(t, table)
	return sequence
}

func mustBeSound[K comparable](t *testing.T, table *leases.Table[K]) {
	t.Helper()
	if err := table.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestGrantIsExclusive(t *testing.T) {
	table := leases.NewTable[string](ttl)
	first := mustGrant(t, &table, "a", nil, 0)
	mustGrant(t, &table, "b", nil, 0)
	if sequence, granted := table.Grant("a", nil, ttl-1); granted || sequence != 0 {
		t.Errorf("second Grant = %d, %v; want none", sequence, granted)
	}
	if !table.End("a", first, ttl-1) {
		t.Error("a lease that stood did not stand when it ended")
	}
	second := mustGrant(t, &table, "a", nil, ttl-1)
	if second == first {
		t.Error("a sequence number came again")
	}
	if table.Stands("a", first, ttl-1) || table.End("a", first, ttl-1) {
		t.Error("the first lease stands")
	}
	if !table.Stands("a", second, ttl-1) {
		t.Error("the end of the first lease ended the second")
	}
	if table.Stands("b", second, ttl-1) || table.End("b", second, ttl-1) || table.Len() != 2 {
		t.Error("a lease is good for another key")
	}
}

// A sequence number does not come again, whatever ended its lease.
func TestSequenceNumbersDoNotRepeat(t *testing.T) {
	table := leases.NewTable[string](ttl)
	seen := make(map[uint64]bool)
	for _, end := range []func(){
		func() { table.Kill("a") },
		func() { table.KillAll() },
		func() { table.KillFunc(func(string) bool { return true }) },
		func() {},
	} {
		sequence := mustGrant(t, &table, "a", nil, 0)
		if seen[sequence] {
			t.Errorf("sequence number %d came again", sequence)
		}
		seen[sequence] = true
		end()
		mustBeSound(t, &table)
		if stands := table.Stands("a", sequence, 0); stands != (len(seen) == 4) {
			t.Errorf("lease %d stands: %v", sequence, stands)
		}
	}
}

func TestKillFunc(t *testing.T) {
	table := leases.NewTable[int](ttl)
	granted := make(map[int]uint64)
	for key := range 10 {
		granted[key] = mustGrant(t, &table, key, nil, 0)
	}
	odd := func(key int) bool { return key%2 == 1 }
	table.KillFunc(odd)
	mustBeSound(t, &table)
	for key, sequence := range granted {
		if table.Stands(key, sequence, 0) == odd(key) {
			t.Errorf("the lease on %d stands: %v", key, odd(key))
		}
	}
}

// A load that lives renews its lease. When it has ended, what is left since the last renewal counts.
func TestLoadRenews(t *testing.T) {
	table := leases.NewTable[string](ttl)
	load := make(chan struct{})
	sequence := mustGrant(t, &table, "a", load, 0)
	for _, now := range []time.Duration{ttl - 1, ttl, 5 * ttl} { // renewed at ttl and at 5*ttl
		if _, granted := table.Grant("a", nil, now); granted || !table.Stands("a", sequence, now) {
			t.Fatalf("at %v the lease does not stand, though its load lives", now)
		}
	}
	close(load)
	if !table.Stands("a", sequence, 6*ttl-1) {
		t.Error("the lease does not stand within a TTL after its last renewal")
	}
	if table.Stands("a", sequence, 6*ttl) || table.End("a", sequence, 6*ttl) {
		t.Error("the lease stands, though its load has ended, and its time has come")
	}
	mustGrant(t, &table, "a", nil, 6*ttl)
}

// A load that ended early leaves its lease the rest of its time.
func TestLeaseOutlivesABriefLoad(t *testing.T) {
	table := leases.NewTable[string](ttl)
	load := make(chan struct{})
	close(load)
	sequence := mustGrant(t, &table, "a", load, 0)
	if !table.Stands("a", sequence, ttl-1) || table.Stands("a", sequence, ttl) {
		t.Error("the lease does not end exactly after its TTL")
	}
}

// Grants take back what was abandoned, step by step, and never a lease whose load lives, however many there are.
func TestSweep(t *testing.T) {
	table := leases.NewTable[int](ttl)
	const living, abandoned = 100, 100
	load := make(chan struct{})
	held := make(map[int]uint64)
	for key := range living {
		held[key] = mustGrant(t, &table, key, load, 0)
	}
	for key := range abandoned {
		mustGrant(t, &table, living+key, nil, 0)
	}
	const later = 100
	for i := range later {
		mustGrant(t, &table, living+abandoned+i, nil, ttl)
	}
	if table.Len() != living+later {
		t.Errorf("%d leases, want the %d of loads and the last %d", table.Len(), living, later)
	}
	for key, sequence := range held {
		if !table.Stands(key, sequence, ttl) {
			t.Errorf("the lease on %d was taken from a load that lives", key)
		}
	}
	close(load)
	for range living + later {
		table.Sweep(2 * ttl)
	}
	if mustBeSound(t, &table); table.Len() != 0 {
		t.Errorf("%d leases are left", table.Len())
	}
}

func TestEndlessTTL(t *testing.T) {
	table := leases.NewTable[string](math.MaxInt64)
	sequence := mustGrant(t, &table, "a", nil, time.Hour)
	if !table.Stands("a", sequence, math.MaxInt64-1) {
		t.Error("a lease without end has ended")
	}
}

// What is asked for most often must cost nothing.
func TestNothingToKill(t *testing.T) {
	var table leases.Table[string]
	if allocs := testing.AllocsPerRun(100, func() { table.Kill("a"); table.Sweep(0) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
	table.KillAll()
	table.KillFunc(func(string) bool { return true })
	if table.Len() != 0 || table.Stands("a", 1, 0) || table.End("a", 1, 0) {
		t.Error("an empty table has a lease")
	}
}

// modelLease is a lease as the table should have it.
type modelLease struct {
	sequence uint64
	since    time.Duration // the last moment at which it was granted, or its load was seen to live
	load     chan struct{} // nil: not known to end
	ended    time.Duration // when the load ended; 0: not yet
}

// must and may report whether l has to stand, and whether it is allowed to.
func (l modelLease) must(now time.Duration) bool {
	return now < l.since+ttl || l.load != nil && l.ended == 0
}

func (l modelLease) may(now time.Duration) bool {
	return l.must(now) || l.load != nil && now < l.ended+ttl
}

// Whatever is done in whatever order, the table grants what it may, and keeps what it must.
func TestTableAgainstModel(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		table := leases.NewTable[int](ttl)
		model := make(map[int]modelLease)
		now := time.Duration(1)
		for range 300 {
			key := random.IntN(8)
			l, known := model[key]
			may, must := known && l.may(now), known && l.must(now)
			switch random.IntN(7) {
			case 0, 1:
				var load chan struct{}
				if random.IntN(2) == 0 {
					load = make(chan struct{})
				}
				sequence, granted := table.Grant(key, load, now)
				if granted && must || !granted && !may {
					t.Fatalf("seed %d: Grant(%d) at %v: %v; there was %+v", seed, key, now, granted, l)
				}
				if granted {
					model[key] = modelLease{sequence: sequence, since: now, load: load}
				}
			case 2:
				stands := table.Stands(key, l.sequence, now)
				if stands && !may || !stands && must {
					t.Fatalf("seed %d: lease on %d at %v stands: %v; there was %+v", seed, key, now, stands, l)
				}
			case 3:
				stood := table.End(key, l.sequence, now)
				if stood && !may || !stood && must {
					t.Fatalf("seed %d: lease on %d at %v stood: %v; there was %+v", seed, key, now, stood, l)
				}
				delete(model, key)
			case 4:
				table.Kill(key)
				delete(model, key)
			case 5:
				if known && l.load != nil && l.ended == 0 {
					close(l.load)
					l.ended = now
					model[key] = l
				}
			case 6:
				now += time.Duration(random.Int64N(int64(ttl / 2)))
			}
			mustBeSound(t, &table)
			if table.Len() > 8 {
				t.Fatalf("%d leases on 8 keys", table.Len())
			}
		}
	}
}
