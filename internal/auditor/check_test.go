package auditor_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/auditor"
)

// Each case has a value in the cache, one in the source, and what one sample of it must count.
func TestAuditorComparesAnswers(t *testing.T) {
	negative := entry{Meta: ctxcache.Meta{Absent: true, TTL: hour}}
	value := func(v string) entry { return ctxcache.NewEntry(v, hour) }
	for name, c := range map[string]struct {
		cached, source entry // nothing if the TTL is 0
		forgets        bool
		want           auditor.Report
	}{
		"the same":                              {value("a"), value("a"), false, auditor.Report{Same: 1}},
		"an old value":                          {value("a"), value("b"), false, stale(delay)},
		"the source has deleted it":             {value("a"), entry{}, false, stale(delay)},
		"the source may have forgotten it":      {value("a"), entry{}, true, auditor.Report{Same: 1}},
		"the source knows that it is gone":      {value("a"), negative, true, stale(delay)},
		"an old negative entry":                 {negative, value("b"), false, stale(delay)},
		"a negative entry, and none":            {negative, entry{}, false, auditor.Report{Same: 1}},
		"a negative entry, and a negative one":  {negative, negative, false, auditor.Report{Same: 1}},
		"a value as empty as the negative one":  {value(""), negative, false, stale(delay)},
		"a negative entry, and the empty value": {negative, value(""), false, stale(delay)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cached, source := memory.New[string, string](nil), memory.New[string, string](nil)
				for store, e := range map[cache]entry{cached: c.cached, source: c.source} {
					if e.TTL > 0 {
						must(t, ctxcache.SetEntry(t.Context(), store, "k", e))
					}
				}
				a, layer := audits(t, cached, source, auditor.Options[string]{Forgets: c.forgets})
				_, _ = layer.Get(t.Context(), "k") // the value, or ErrNotFound
				passes(10 * delay)
				c.want.Sampled = 1
				wants(t, a, c.want)
			})
		})
	}
}

// stale is the report of one mismatch of that age.
func stale(age time.Duration) auditor.Report {
	r := auditor.Report{Mismatches: 1, Oldest: age}
	switch {
	case age <= time.Second:
		r.Ages[1] = 1
	case age <= 10*time.Second:
		r.Ages[2] = 1
	default:
		r.Ages[3] = 1
	}
	return r
}

// A difference that ends by itself is not a mismatch, and one that outlives the bound is one as soon as it does.
func TestAuditorAllowsTheBound(t *testing.T) {
	for name, c := range map[string]struct {
		lasts time.Duration
		want  auditor.Report
	}{
		"a change under way":  {3 * delay / 2, auditor.Report{Sampled: 1, Late: 1}},
		"within the bound":    {5*delay + delay/2, auditor.Report{Sampled: 1, Late: 1}},
		"older than that":     {hour, stale(6 * delay)},
		"just above the same": {7*delay + delay/2, stale(6 * delay)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cached, source := memory.New[string, string](nil), memory.New[string, string](nil)
				must(t, cached.Set(t.Context(), "k", "old", hour))
				must(t, source.Set(t.Context(), "k", "new", hour))
				a, layer := audits(t, cached, source, auditor.Options[string]{Bound: 5 * delay})
				_, err := layer.Get(t.Context(), "k")
				must(t, err)
				passes(c.lasts)
				must(t, cached.Set(t.Context(), "k", "new", hour))
				passes(20 * delay)
				c.want.Sampled = 1
				wants(t, a, c.want)
			})
		})
	}
}

// If the values have the times of their writes, the cached one became old when the source's was written. A cached value that
// is newer than the source's has not been old before.
func TestAuditorCountsTheAgeFromTheWrite(t *testing.T) {
	for name, c := range map[string]struct {
		cachedWritten, sourceWritten bool
		newer                        bool
		age                          time.Duration
	}{
		"both are known":          {true, true, false, 32 * time.Second},
		"the cached one is newer": {true, true, true, 6 * time.Second},
		"only the cached one is":  {true, false, false, 6 * time.Second},
		"only the source's is":    {false, true, false, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cached, source := memory.New[string, string](nil), memory.New[string, string](nil)
				set := func(store cache, value string, known bool) {
					e := ctxcache.NewEntry(value, hour)
					if known {
						e.Written = time.Now()
					}
					must(t, ctxcache.SetEntry(t.Context(), store, "k", e))
					passes(time.Second)
				}
				if c.newer {
					set(source, "old", c.sourceWritten)
					set(cached, "new", c.cachedWritten)
				} else {
					set(cached, "old", c.cachedWritten)
					set(source, "new", c.sourceWritten)
				}
				passes(29 * time.Second)
				a, layer := audits(t, cached, source, auditor.Options[string]{Bound: 5 * delay})
				_, err := layer.Get(t.Context(), "k")
				must(t, err)
				passes(10 * delay)
				want := stale(c.age)
				want.Sampled = 1
				wants(t, a, want)
				if text := a.Report().String(); c.age > 10*time.Second && !strings.HasSuffix(text, "mismatches 1\nages (oldest 32s): up to 1m0s: 1") {
					t.Errorf("the report prints as %q", text)
				}
			})
		})
	}
}

// A key that changes during or between its checks gives no false alarm, however often it does so.
func TestAuditorIsUnclearAboutWhatChanges(t *testing.T) {
	for name, changes := range map[string]struct{ cached, source bool }{
		"the cache": {true, false}, "the source": {false, true}, "both": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reads := 0
				read := func(name string, changes bool) auditor.Read[string, string] {
					return func(context.Context, string) (entry, error) {
						if reads++; changes {
							return ctxcache.NewEntry(name+strconv.Itoa(reads), hour), nil
						}
						return ctxcache.NewEntry(name, hour), nil
					}
				}
				a := auditor.New[string, string](&auditor.Options[string]{Every: 1, Attempts: 4})
				store := memory.New[string, string](nil)
				must(t, store.Set(t.Context(), "k", "", hour))
				a.Start(read("cached", changes.cached), read("source", changes.source))
				defer a.Close()
				_, err := a.Sampled(store).Get(t.Context(), "k")
				must(t, err)
				passes(20 * delay)
				wants(t, a, auditor.Report{Sampled: 1, Unclear: 1})
				if reads != 8 {
					t.Errorf("%d reads, want 2 in each of 4 checks", reads)
				}
			})
		})
	}
}

// A difference that is seen twice, but is another one the second time, is not yet a mismatch. Once it stays, it is one.
func TestAuditorChecksAgainUntilTheDifferenceIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cached, source := memory.New[string, string](nil), memory.New[string, string](nil)
		must(t, cached.Set(t.Context(), "k", "old", hour))
		a, layer := audits(t, cached, source, auditor.Options[string]{})
		_, err := layer.Get(t.Context(), "k")
		must(t, err)
		passes(delay / 2)
		for i := range 3 {
			must(t, source.Set(t.Context(), "k", strconv.Itoa(i), hour))
			passes(delay)
			wants(t, a, auditor.Report{Sampled: 1})
		}
		passes(delay)
		want := stale(delay)
		want.Sampled = 1
		wants(t, a, want)
	})
}
