package auditor_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/auditor"
	"github.com/ctxcache/cached/layers/twolevel"
)

const (
	delay = time.Second
	hour  = time.Hour
)

type (
	cache = ctxcache.Cache[string, string]
	entry = ctxcache.Entry[string]
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// audits begins to audit a cache against a source, and samples every hit unless opts say otherwise. It returns the
// layer to read.
func audits(t *testing.T, cached, source cache, opts auditor.Options[string]) (*auditor.Auditor[string, string], cache) {
	t.Helper()
	if opts.Every == 0 {
		opts.Every = 1
	}
	a := auditor.New[string, string](&opts)
	layer := a.Sampled(cached)
	a.Start(auditor.Reads(layer), auditor.Reads(source))
	t.Cleanup(a.Close)
	return a, layer
}

// passes lets d pass, and then waits until the auditor has nothing to do.
func passes(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func wants(t *testing.T, a *auditor.Auditor[string, string], want auditor.Report) {
	t.Helper()
	if got := a.Report(); got != want {
		t.Errorf("the report is %v, want %v", got, want)
	}
}

func TestAuditorCountsWhatItCannotCompare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cached, source := memory.New[string, string](nil), memory.New[string, string](nil)
		must(t, cached.Set(t.Context(), "gone", "", hour))
		must(t, cached.Set(t.Context(), "failing", "", hour))
		a := auditor.New[string, string](&auditor.Options[string]{Every: 1})
		layer := a.Sampled(cached)
		a.Start(auditor.Reads(layer), func(ctx context.Context, key string) (entry, error) {
			if key == "failing" {
				return entry{}, errors.New("connection refused")
			}
			return source.GetEntry(ctx, key)
		})
		defer a.Close()
		for _, key := range []string{"gone", "failing"} {
			_, err := layer.Get(t.Context(), key)
			must(t, err)
		}
		must(t, cached.Delete(t.Context(), "gone"))
		passes(delay)
		wants(t, a, auditor.Report{Sampled: 2, Gone: 1, Failed: 1})
	})
}

// A source that does not answer does not hold the auditor for longer than the timeout, and not at all after Close.
func TestAuditorDoesNotWaitForASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cached := memory.New[string, string](nil)
		must(t, cached.Set(t.Context(), "a", "", hour))
		must(t, cached.Set(t.Context(), "b", "", hour))
		a := auditor.New[string, string](&auditor.Options[string]{Every: 1, Timeout: 3 * delay})
		layer := a.Sampled(cached)
		a.Start(auditor.Reads(layer), func(ctx context.Context, _ string) (entry, error) {
			<-ctx.Done()
			return entry{}, ctx.Err()
		})
		for _, key := range []string{"a", "b"} {
			_, err := layer.Get(t.Context(), key)
			must(t, err)
		}
		passes(5 * delay)
		wants(t, a, auditor.Report{Sampled: 2, Failed: 1})
		began := time.Now()
		a.Close() // during the second check
		if took := time.Since(began); took != 0 {
			t.Errorf("Close took %v", took)
		}
		wants(t, a, auditor.Report{Sampled: 2, Failed: 1})
	})
}

// The auditor samples one of so many hits, in whichever way they are read, and nothing else.
func TestAuditorSamplesAFraction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New[string, string](nil)
		var keys []string
		for i := range 100 {
			keys = append(keys, strconv.Itoa(i))
			must(t, store.Set(t.Context(), keys[i], "", hour))
		}
		a, layer := audits(t, store, store, auditor.Options[string]{Every: 10})
		ctx := t.Context()
		for i := range 20 {
			_, err := layer.Get(ctx, keys[i])
			must(t, err)
			_, err = ctxcache.GetEntry(ctx, layer, keys[20+i])
			must(t, err)
			_, err = layer.Get(ctx, "absent")
			if err != ctxcache.ErrMiss {
				t.Errorf("Get: %v", err)
			}
			must(t, layer.Set(ctx, keys[i], "", hour))
		}
		_, err := ctxcache.GetMany(ctx, layer, keys[40:])
		must(t, err)
		wants(t, a, auditor.Report{Sampled: 5}) // of 20 + 20 hits, and one of the 60 of GetMany
		passes(delay)
		wants(t, a, auditor.Report{Sampled: 5, Same: 5})
	})
}

// A key that waits for its check is not sampled again, and the check itself is not a reason for another one.
func TestAuditorSamplesAKeyOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New[string, string](nil)
		must(t, store.Set(t.Context(), "k", "", hour))
		a, layer := audits(t, store, store, auditor.Options[string]{})
		for round := range 3 {
			for range 5 {
				_, err := layer.Get(t.Context(), "k")
				must(t, err)
			}
			passes(10 * delay)
			wants(t, a, auditor.Report{Sampled: round + 1, Same: round + 1})
		}
	})
}

// A queue that is full drops samples, and a key that waits is not in it twice.
func TestAuditorIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New[string, string](nil)
		a, layer := audits(t, store, store, auditor.Options[string]{MaxPending: 3})
		for range 2 {
			for i := range 10 {
				key := strconv.Itoa(i)
				must(t, store.Set(t.Context(), key, "", hour))
				_, err := layer.Get(t.Context(), key)
				must(t, err)
			}
		}
		passes(2 * delay)
		// The first three wait, and one more after the auditor has taken the first of them.
		got := a.Report()
		if got.Same+got.Dropped != got.Sampled || got.Same < 3 || got.Same > 4 {
			t.Errorf("the report is %v", got)
		}
	})
}

// Over two levels whose far another process writes, the auditor sees what the near copies hide, and nothing if NearTTL is
// kept.
func TestAuditorFindsStaleNearCopies(t *testing.T) {
	for name, c := range map[string]struct{ promised, kept time.Duration }{
		"the promise is kept": {5 * delay, 5 * delay}, "it is broken": {5 * delay, hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := memory.New[string, string](nil)
				a := auditor.New[string, string](&auditor.Options[string]{Every: 1, Bound: c.promised})
				stack := twolevel.New(a.Sampled(memory.New[string, string](nil)), cache(far), &twolevel.Options{NearTTL: c.kept})
				defer stack.Close()
				a.Start(auditor.Reads(cache(stack)), auditor.Reads(cache(far)))
				defer a.Close()
				for i := range 20 {
					if i%10 == 0 {
						must(t, far.Set(t.Context(), "k", strconv.Itoa(i), hour)) // another process
					}
					_, err := stack.Get(t.Context(), "k")
					must(t, err)
					passes(delay)
				}
				passes(10 * delay)
				r := a.Report()
				if broken := c.kept > c.promised; (r.Mismatches > 0) != broken || r.Same+r.Late == 0 && !broken {
					t.Errorf("the report is %v", r)
				}
			})
		})
	}
}

func TestStartTwicePanics(t *testing.T) {
	a := auditor.New[string, string](nil)
	read := auditor.Reads(cache(memory.New[string, string](nil)))
	a.Start(read, read)
	defer a.Close()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	a.Start(read, read)
}
