package cached_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// loadEnds is a Tracer that notes when loads end, and with which error.
type loadEnds struct {
	mu    sync.Mutex
	began time.Time
	ends  []loadEnd
}

type loadEnd struct {
	after time.Duration
	err   error
}

func (e *loadEnds) Call(ctx context.Context, _ ctxcache.Operation) (context.Context, func(string, context.Context, error)) {
	return ctx, nil
}

func (e *loadEnds) Load(ctx context.Context) (context.Context, func(error)) {
	e.began = time.Now()
	return ctx, func(err error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.ends = append(e.ends, loadEnd{time.Since(e.began), err})
	}
}

// expect waits until all loads have ended, and fails the test unless there was one, which ended then and so.
func (e *loadEnds) expect(t *testing.T, after time.Duration, want error) {
	t.Helper()
	time.Sleep(time.Minute)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.ends) != 1 || e.ends[0].after != after || !errors.Is(e.ends[0].err, want) {
		t.Errorf("the Tracer heard %v, want one end after %v with %v", e.ends, after, want)
	}
}

// The load of a batch ends for the Tracer when its callers have their answer, whatever its loader does after that.
func TestTracerHearsOfABatchThatIsEnded(t *testing.T) {
	loaders := map[string]func(context.Context, []string) (map[string]string, error){
		"ignores its context": func(context.Context, []string) (map[string]string, error) {
			time.Sleep(5 * time.Second)
			return nil, nil
		},
		"ends with its context": func(ctx context.Context, _ []string) (map[string]string, error) {
			<-ctx.Done()
			return nil, nil
		},
	}
	for name, load := range loaders {
		for _, keys := range [][]string{{"a"}, {"a", "b", "c"}} {
			t.Run(name+"/timeout", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var heard loadEnds
					f := cached.Bulk(newMemory(), load, &cached.Options{LoadTimeout: time.Second, Tracer: &heard})
					if _, err := f.GetMany(t.Context(), keys); !errors.Is(err, cached.ErrLoadTimeout) {
						t.Errorf("got %v", err)
					}
					heard.expect(t, time.Second, cached.ErrLoadTimeout)
				})
			})
			t.Run(name+"/close", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var heard loadEnds
					f := cached.Bulk(newMemory(), load, &cached.Options{Tracer: &heard})
					call := async(func() (string, error) { _, err := f.GetMany(t.Context(), keys); return "", err })
					synctest.Wait()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					if err := f.Close(ctx); err == nil {
						t.Error("Close did not lose its patience")
					}
					if r := <-call; !errors.Is(r.err, ctxcache.ErrClosed) {
						t.Errorf("got %v", r.err)
					}
					heard.expect(t, time.Second, ctxcache.ErrClosed)
				})
			})
		}
	}
}

// A batch of one key whose source has no such thing ends as a load of a single loader does.
func TestTracerHearsThatABatchOfOneKeyIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard loadEnds
		f := cached.Bulk(newMemory(), func(context.Context, []string) (map[string]string, error) {
			return nil, sql.ErrNoRows
		}, &cached.Options{NotFound: sql.ErrNoRows, Tracer: &heard})
		_, err := f.Get(t.Context(), "k")
		expect(t, "", err, "", ctxcache.ErrNotFound)
		heard.expect(t, 0, ctxcache.ErrNotFound)
	})
}
