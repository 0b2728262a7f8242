package cached

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// freshness says how old the values of a Function may be. A value is stored for its TTL and a window after that, in which
// it is stale. It is fresh while its remaining life exceeds the window.
type freshness struct {
	window       time.Duration // the longer one of the next two
	staleFor     time.Duration // Options.StaleFor
	staleIfError time.Duration // Options.StaleIfError
	ahead        time.Duration // a refresh is due when less of the fresh life is left; for a value that lives for ttl
	ttl          time.Duration // Options.TTL
	beta         float64       // Options.RefreshBeta
	told         bool          // the cache reports the window that each value was stored with
	least        atomic.Int64  // the shortest TTL that a load has set itself, if it is less than ttl; otherwise 0
}

// freshnessOf returns the freshness that the options ask for over a cache with these capabilities, or nil if they do not
// distinguish ages.
func freshnessOf(o *Options, caps ctxcache.Cap) *freshness {
	if !o.distinguishesAges() {
		return nil
	}
	f := &freshness{
		window: max(o.StaleFor, o.StaleIfError), staleFor: o.StaleFor, staleIfError: o.StaleIfError,
		ttl: o.TTL, beta: o.RefreshBeta, told: caps.Has(ctxcache.CapStale),
	}
	if o.RefreshAhead > 0 && o.TTL != ctxcache.NoExpiry {
		f.ahead = time.Duration(math.Round((1 - o.RefreshAhead) * float64(o.TTL)))
	}
	return f
}

// standing is what a value is good for, by its age.
type standing int

const (
	fresh    standing = iota
	due               // fresh, and time for a refresh behind the caller
	stale             // to be served while a refresh runs behind the caller
	fallback          // to be served only if the load fails, or is slow
	expired           // of no use to this Function
)

// windowOf returns the stale window of an entry.
func (f *freshness) windowOf(m *ctxcache.Meta) time.Duration {
	if window := m.StaleWindow(); f == nil || f.told || window > 0 {
		return window
	}
	return f.window
}

// isFresh reports whether an entry is fresh.
func (f *freshness) isFresh(m *ctxcache.Meta) bool {
	return f == nil || m.TTL > f.windowOf(m) || m.TTL == ctxcache.Unknown
}

// age is what is decided about an entry by its age. It is decided once, because chance has a part in it.
type age struct {
	standing standing
	left     time.Duration // how long a fallback stays one
}

// ageOf returns the age of an entry that was read just now. Loads take about cost.
func (f *freshness) ageOf(m *ctxcache.Meta, cost time.Duration) age {
	if f == nil {
		return age{standing: fresh}
	}
	window := f.windowOf(m)
	if m.TTL > window || m.TTL == ctxcache.Unknown {
		if m.TTL != ctxcache.Unknown && m.TTL < ctxcache.NoExpiry && f.isDue(m, m.TTL-window, cost) {
			return age{standing: due}
		}
		return age{standing: fresh}
	}
	over := window - m.TTL // since the end of freshness
	switch {
	case over < f.staleFor:
		return age{standing: stale}
	case over < f.staleIfError:
		return age{fallback, f.staleIfError - over}
	default:
		return age{standing: expired}
	}
}

// isDue reports whether it is time to refresh an entry whose fresh life ends after left.
func (f *freshness) isDue(m *ctxcache.Meta, left, cost time.Duration) bool {
	if left <= f.ahead {
		life := f.ttl
		if age := time.Since(m.Written); !m.Written.IsZero() && age >= 0 { // the loader may have set a TTL of its own
			life = age + left
		} else if least := time.Duration(f.least.Load()); least > 0 { // a value may live as short as that: it is not due at once
			life = least
		}
		if float64(left) <= float64(life)*float64(f.ahead)/float64(f.ttl) {
			return true
		}
	}
	return f.beta > 0 && f.isDueByChance(left, cost)
}

// isDueByChance is XFetch, from Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention"
// (VLDB 2015). The probability grows towards the end of the life. So of many processes usually one refreshes first.
func (f *freshness) isDueByChance(left, cost time.Duration) bool {
	const most = 40 // -log of a random number is not larger
	reach := f.beta * float64(cost)
	return float64(left) < reach*most && float64(left) <= -reach*math.Log(1-rand.Float64())
}

// loaded notes that a load has stored its value for ttl.
func (f *freshness) loaded(ttl time.Duration) {
	if f == nil || ttl <= 0 || ttl >= f.ttl {
		return
	}
	for {
		least := f.least.Load()
		if least != 0 && least <= int64(ttl) || f.least.CompareAndSwap(least, int64(ttl)) {
			return
		}
	}
}

// stored returns the Meta of a value that is to be fresh for ttl.
func (f *freshness) stored(ttl time.Duration) ctxcache.Meta {
	m := ctxcache.Meta{TTL: ttl}
	if f == nil || f.window == 0 || ttl == ctxcache.NoExpiry || ttl <= 0 {
		return m
	}
	if ttl > ctxcache.NoExpiry-1-f.window {
		m.TTL = ctxcache.NoExpiry
		return m
	}
	m.TTL, m.StaleFor = ttl+f.window, f.window
	return m
}
