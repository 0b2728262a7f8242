package history_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest/history"
	"github.com/ctxcache/cached/layers/twolevel"
)

var errOutage = errors.New("far is down")

// phase is how many calls of far there are from the beginning to the end of an outage, and from there to the next one.
const phase = 150

// shaky is a far that is down half of the time. A call then has no effect, or it has, and its answer is lost. The answers
// to requests for leases are not lost: nobody could end such a lease. Each outage ends the Watch.
type shaky struct {
	ctxcache.Observed[string, []byte, bool]
	outages *outages
}

func shake(far cache) *shaky {
	o := &outages{}
	return &shaky{
		ctxcache.NewIntercepted(far, ctxcache.Description{Kind: "shaky"}, ctxcache.Interceptor[string, bool](o)), o,
	}
}

func (c *shaky) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	watching, cut := context.WithCancel(ctx)
	defer cut()
	if !c.outages.began(cut) {
		return errOutage
	}
	if err := c.Observed.Watch(watching, fn); ctx.Err() != nil {
		return err
	}
	return errOutage
}

// outages decides which calls fail.
type outages struct {
	mu    sync.Mutex
	calls int
	cut   context.CancelFunc // ends the Watch that runs, or nil
}

// next counts a call, and reports whether far is down.
func (o *outages) next() (number int, down bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if o.calls%(2*phase) == phase && o.cut != nil {
		o.cut()
	}
	return o.calls, o.calls/phase%2 == 1
}

// began notes a Watch, unless far is down.
func (o *outages) began(cut context.CancelFunc) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cut = cut
	return o.calls/phase%2 == 0
}

func (o *outages) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, bool, error) {
	if call.Op == ctxcache.OpWatch {
		return ctx, false, nil
	}
	number, down := o.next()
	leases := call.Op == ctxcache.OpGetLease || call.Op == ctxcache.OpGetLeases
	if down && (leases || number%2 == 0) {
		return ctx, false, errOutage
	}
	return ctx, down, nil
}

func (o *outages) After(_ context.Context, _ ctxcache.Call[string], lost bool, outcome ctxcache.Outcome) error {
	if lost {
		return errOutage
	}
	return outcome.Err
}

// resilient is how the levels of these histories work.
func resilient(coherent bool) *twolevel.Options {
	return &twolevel.Options{Resilient: true, Coherent: coherent}
}

// overOutages returns a stack of two levels whose far is down half of the time.
func overOutages(coherent bool) stack {
	return stack{
		name: "TwoLevelInOutages", parts: []string{"near", "far"},
		build: func(t *testing.T, parts map[string]change) cache {
			near, far := history.Interleaved(parts["near"](newMemory())), parts["far"](shake(newMemory()))
			c := twolevel.New(near, history.Interleaved(far), resilient(coherent))
			closes(t, c.Close)
			return c
		},
	}
}

// TestHistoryOfOutages: no operation fails because far does, and nobody reads again what was overwritten or deleted here,
// in the outages and after them.
func TestHistoryOfOutages(t *testing.T) {
	for name, coherent := range map[string]bool{"plain": false, "coherent": true} {
		t.Run(name+"/leases", func(t *testing.T) {
			t.Parallel()
			history.Run(t, func(t *testing.T) cache { return overOutages(coherent).as(t, "", nil) }, &history.Options{
				Operations: operations(10_000, 1_000_000),
			})
		})
		t.Run(name+"/function", func(t *testing.T) {
			t.Parallel()
			var levels cache
			build := functions(t, allOptions, false)
			history.Run(t, func(t *testing.T) cache {
				levels = overOutages(coherent).as(t, "", nil)
				return unleased{levels}
			}, &history.Options{
				Operations: operations(10_000, 1_000_000),
				Functions: func(_ cache, load history.LoadMany) history.Function {
					return build(history.Interleaved(levels), load)
				},
			})
		})
	}
}

// unleased is a stack that shows no leases to the history, so that all changes are made by the cached function, which is
// over the stack itself. In an outage a function without a lease does not notice others.
type unleased struct{ cache }

func TestHistoryOfOutagesStepByStep(t *testing.T) {
	history.Run(t, func(t *testing.T) cache { return overOutages(false).as(t, "", nil) }, &history.Options{
		Operations: operations(5_000, 1_000_000), Stepped: true,
	})
}

// If a far says that it has deleted what it has not deleted, or if fills with lost leases are stored, the history must
// find illegal answers.
func TestHistoryOfOutagesFindsBrokenStacks(t *testing.T) {
	for _, test := range []struct {
		name, part string
		made       change
	}{
		{"FarDoesNotDelete", "far", undeleted},
		{"NearIsUnfenced", "near", unfence},
		{"FarIsUnfenced", "far", unfence},
	} {
		t.Run(test.name, func(t *testing.T) {
			bites(t, func() (report history.Report) {
				synctest.Test(t, func(t *testing.T) {
					report = history.Check(t.Context(), overOutages(false).as(t, test.part, test.made), &history.Options{
						Operations: someOperations, Stepped: true,
					})
				})
				return report
			})
		})
	}
}

// lying is a far whose deletions fail, and say that they have not.
type lying struct {
	ctxcache.Forward[string, []byte]
}

func undeleted(c cache) cache {
	return &lying{ctxcache.NewForward(c, ctxcache.Description{Kind: "lying"})}
}

func (c *lying) Delete(ctx context.Context, key string) error {
	if err := c.Forward.Delete(ctx, key); !errors.Is(err, errOutage) {
		return err
	}
	return nil
}

func (c *lying) DeleteMany(ctx context.Context, keys []string) error {
	if err := c.Forward.DeleteMany(ctx, keys); ctx.Err() != nil {
		return err
	}
	return nil
}
