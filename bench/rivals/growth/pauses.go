package growth

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// Pauses are the latencies of Gets while a call works on all entries.
type Pauses struct {
	Call string
	Took time.Duration // the call, the median of the rounds
	Gets int64         // recorded with the call, in all rounds

	// The latencies of Gets by themselves have a row for each of Modes, in ns.
	P50, P99, P999, Max *rounds.Table

	// Delayed has the 99.9th percentile of Gets, including the delay by slow Gets before them. Requests has the same of whole
	// requests, which also wait for a processor.
	Delayed, Requests *rounds.Table
}

// Modes are what a goroutine does while others read. The control on a twin takes the same time, memory and garbage
// collections as the call itself, so the rest is due to locks.
var Modes = []string{"nothing", "a busy loop", "the call on a twin", "the call"}

const (
	idle = iota
	busy
	onTwin
	onCache
	modes
)

// MeasurePauses measures the Gets during each of the calls, which take turns. It calls done after each turn.
func MeasurePauses(ctx context.Context, o *Options, done func(string)) ([]Pauses, error) {
	all, took := make([]Pauses, len(calls)), make([][]time.Duration, len(calls))
	entrants := make([]rounds.Entrant, len(calls))
	for i, c := range calls {
		p := &all[i]
		p.Call = c.name
		for _, table := range []**rounds.Table{&p.P50, &p.P99, &p.P999, &p.Max, &p.Delayed, &p.Requests} {
			*table = &rounds.Table{}
			for _, mode := range Modes {
				(*table).Rows = append((*table).Rows, rounds.Row{Name: mode})
			}
		}
		entrants[i] = rounds.Entrant{Name: c.name, Turn: func() (rounds.Sample, error) {
			lasted, found, err := c.turn(ctx, o)
			if err == nil {
				took[i] = append(took[i], lasted)
				p.add(found)
				done(fmt.Sprintf("%s in %v", c.name, lasted.Round(time.Microsecond)))
			}
			return rounds.Sample{}, err
		}}
	}
	_, err := rounds.Run(entrants, o.Rounds)
	for i := range took {
		all[i].Took = rounds.Median(took[i])
	}
	return all, err
}

// add adds the latencies of a turn.
func (p *Pauses) add(found [modes]latencies) {
	p.Gets += found[onCache].gets.TotalCount()
	for mode, l := range found {
		add := func(t *rounds.Table, h *hdrhistogram.Histogram, percentile float64) {
			ns := math.NaN() // a short call may meet no Get
			if h.TotalCount() > 0 {
				ns = float64(h.ValueAtQuantile(percentile))
			}
			t.Rows[mode].Samples = append(t.Rows[mode].Samples, rounds.Sample{NS: ns})
		}
		add(p.P50, l.gets, 50)
		add(p.P99, l.gets, 99)
		add(p.P999, l.gets, 99.9)
		add(p.Max, l.gets, 100)
		add(p.Delayed, l.delayed, 99.9)
		add(p.Requests, l.requests, 99.9)
	}
}

// turn measures a new cache in all modes. The call on the twin comes first: it says how long the others take. The call on the
// cache comes last, because it may empty it.
func (c *call) turn(ctx context.Context, o *Options) (time.Duration, [modes]latencies, error) {
	var none [modes]latencies
	twin, err := c.fill(ctx, o.Crowd)
	if err != nil {
		return 0, none, err
	}
	cache, err := c.fill(ctx, o.Crowd)
	if err != nil {
		return 0, none, err
	}
	r := startReaders(cache, o.Crowd, o.Readers)
	took, err := c.modes(r, twin, o.Crowd)
	found := r.end()
	runtime.KeepAlive(twin) // garbage collections have the same to do in all modes
	if failed := cache.failed.Load(); err == nil && failed != nil {
		err = *failed
	}
	return took, found, err
}

// modes measures the readers in all modes, and returns how long the call took.
func (c *call) modes(r *readers, twin *subject, entries int) (time.Duration, error) {
	_, length, err := c.during(r, onTwin, twin, entries)
	if err != nil {
		return 0, err
	}
	for mode, work := range map[int32]func(time.Duration){idle: time.Sleep, busy: spin} {
		if _, err := r.window(mode, time.Now().Add(settle), func() error { work(length); return nil }); err != nil {
			return 0, err
		}
	}
	one, _, err := c.during(r, onCache, r.cache, entries)
	return one, err
}

// during measures the readers while the call runs on s. It returns how long one call took, and how long all of them.
func (c *call) during(r *readers, mode int32, s *subject, entries int) (one, all time.Duration, err error) {
	ready := time.Now().Add(settle)
	if c.expires {
		if ready, err = s.expireTogether(entries); err != nil {
			return 0, 0, err
		}
	}
	calls := 0
	all, err = r.window(mode, ready, func() error {
		for start := time.Now(); calls == 0 || c.repeats && time.Since(start) < enough; calls++ {
			if err := c.run(s, entries); err != nil {
				return err
			}
		}
		return nil
	})
	return all / time.Duration(max(1, calls)), all, err
}

// spin uses a processor.
func spin(length time.Duration) {
	for start := time.Now(); ; {
		if time.Since(start) >= length {
			return
		}
	}
}

// fill returns a full cache.
func (c *call) fill(ctx context.Context, entries int) (*subject, error) {
	s, err := newSubject(ctx, c.options(entries), values(1))
	if err != nil {
		return nil, err
	}
	return s, s.fill(entries)
}
