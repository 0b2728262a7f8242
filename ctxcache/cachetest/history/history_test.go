package history_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/ctxcache/cachetest/history"
)

func TestHistory(t *testing.T) {
	history.Run(t, func(*testing.T) cache { return newReference() }, &history.Options{Local: true})
}

func TestHistoryStepByStep(t *testing.T) {
	history.Run(t, func(*testing.T) cache { return newReference() }, &history.Options{Local: true, Stepped: true})
}

func TestHistoryOfThreeMethods(t *testing.T) {
	history.Run(t, func(*testing.T) cache { return newMinimal() }, nil)
}

// brokenHistories are caches with a fault that a history has to find, each for another rule.
var brokenHistories = []struct {
	name string
	new  func() cache
	want string // part of the error
}{
	{"FillsLostLeases", func() cache { return fillsLost{newReference()} }, overwritten},
	{"DeletesNothing", func() cache { return deletesNothing{newReference()} }, overwritten},
	{"DropsNothing", func() cache { return dropsNothing{newReference()} }, overwritten},
	{"FillsManyLostLeases", func() cache { return fillsManyLost{newReference()} }, overwritten},
	{"MixesKeysUp", func() cache { return mixesUp{newReference()} }, foreign},
	{"TearsValues", func() cache { return tears{newReference()} }, foreign},
	{"LosesValues", func() cache { return loses{newReference()} }, lost},
	{"Fails", func() cache {
		c, faults := cachetest.Failing[string, []byte](newReference())
		faults.Fail(errors.New("connection refused"), cachetest.On(ctxcache.OpSet).First(20))
		return c
	}, "operations failed that were not cancelled, the first of them: failing set: connection refused"},
	{"FindsNothing", func() cache {
		return cachetest.Hooked(newMinimal(), cachetest.Hook[string]{
			After: func(_ context.Context, call cachetest.Call[string], err error) error {
				if err == nil && call.Operation == ctxcache.OpGet {
					return ctxcache.ErrMiss
				}
				return err
			},
		})
	}, "no read has found a value"},
}

// everyHistory is an environment variable. If it is set, the history of each broken cache runs both with and without steps.
// Otherwise the two take turns. "make matrix" sets it.
const everyHistory = "CACHED_MATRIX"

func TestHistoryFindsBrokenCaches(t *testing.T) {
	for i, broken := range brokenHistories {
		for _, stepped := range []bool{false, true} {
			if stepped != (i%2 == 0) && os.Getenv(everyHistory) == "" {
				continue
			}
			t.Run(fmt.Sprintf("%s/Stepped=%v", broken.name, stepped), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					report := history.Check(t.Context(), broken.new(), &history.Options{
						Local: broken.want == lost, Stepped: stepped,
					})
					if err := report.Err(); err == nil || !strings.Contains(err.Error(), broken.want) {
						t.Errorf("%v\nended with %v\nwant an error that contains %q", report, err, broken.want)
					}
				})
			})
		}
	}
}

func TestSteppedHistoryReplays(t *testing.T) {
	const seed = 42
	var told []string
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			report := history.Check(t.Context(), fillsLost{newReference()}, &history.Options{
				Seed: seed, Local: true, Stepped: true,
			})
			told = append(told, fmt.Sprintln(report, report.First))
		})
	}
	if told[0] != told[1] {
		t.Errorf("one seed, two histories:\n%s\n%s", told[0], told[1])
	}
	if !strings.Contains(told[0], overwritten) {
		t.Errorf("there is no violation to replay:\n%s", told[0])
	}
}

func TestHistorySeedFromTheEnvironment(t *testing.T) {
	t.Setenv(history.SeedEnv, "1815")
	report := history.Check(t.Context(), newReference(), &history.Options{Operations: 100})
	if report.Seed != 1815 {
		t.Errorf("the seed is %d, want 1815", report.Seed)
	}
}

func TestHistoryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report := history.Check(ctx, newReference(), nil); report.Operations != 0 {
		t.Errorf("%v, though the context was done before", report)
	}
}

// fillsLost stores a loaded value even if the lease was lost.
type fillsLost struct{ *reference }

func (c fillsLost) Fill(ctx context.Context, key string, l ctxcache.Lease, e ctxcache.Entry[[]byte]) error {
	err := c.reference.Fill(ctx, key, l, e)
	if err == ctxcache.ErrLeaseLost {
		return c.SetEntry(ctx, key, e)
	}
	return err
}

// fillsManyLost does the same in a call for many keys.
type fillsManyLost struct{ *reference }

func (c fillsManyLost) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[[]byte], leases map[string]ctxcache.Lease,
) error {
	err := c.reference.FillMany(ctx, entries, leases)
	if errors.Is(err, ctxcache.ErrLeaseLost) {
		return c.SetEntries(ctx, entries)
	}
	return err
}

type deletesNothing struct{ *reference }

func (deletesNothing) Delete(context.Context, string) error { return nil }

// dropsNothing ends the lease, and leaves the value.
type dropsNothing struct{ *reference }

func (c dropsNothing) Drop(ctx context.Context, key string, l ctxcache.Lease) error {
	return c.Release(ctx, key, l)
}

// mixesUp answers for one key with the value of another.
type mixesUp struct{ *reference }

func (c mixesUp) Get(ctx context.Context, key string) ([]byte, error) {
	if key == "key1" {
		key = "key2"
	}
	return c.reference.Get(ctx, key)
}

// tears answers with a value made of two values.
type tears struct{ *reference }

func (c tears) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.reference.Get(ctx, key)
	if len(value) > 7 {
		value = append([]byte(nil), value...)
		value[7]++ // as if half of it came from another version
	}
	return value, err
}

// loses forgets every other value of a key.
type loses struct{ *reference }

func (c loses) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > 7 && value[7]%2 == 0 {
		return c.Delete(ctx, key)
	}
	return c.reference.Set(ctx, key, value, ttl)
}
