package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// pausingTracer stops where a load begins.
type pausingTracer struct {
	valueTracer
	open chan struct{}
}

func (p pausingTracer) Load(ctx context.Context) (context.Context, func(error)) {
	<-p.open
	return ctx, nil
}

// Close ends the loads of a batch whose loader is about to be called. They count as overdue until the loader has returned,
// and no longer. Their answers are not late, because no time was over.
func TestFuncCloseOfABatchCountsWhatItHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, answer := make(chan struct{}), make(chan struct{})
		f := cached.Bulk(newMemory(), func(context.Context, []string) (map[string]string, error) {
			<-answer
			return map[string]string{"a": "1", "b": "2"}, nil
		}, &cached.Options{Tracer: pausingTracer{open: begin}})
		go func() {
			if found, err := f.GetMany(t.Context(), []string{"a", "b"}); len(found) != 0 || err == nil {
				t.Errorf("GetMany after Close: %v, %v", found, err)
			}
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Close(ctx); err != context.DeadlineExceeded {
			t.Errorf("Close: %v", err)
		}
		close(begin)
		synctest.Wait()
		if stats := statsAfterClose(t, f); stats.Overdue == 0 {
			t.Error("the loader runs, and nothing is overdue")
		}
		close(answer)
		synctest.Wait()
		if stats := statsAfterClose(t, f); stats.Overdue != 0 || stats.Late != 0 || stats.Timeouts != 0 {
			t.Errorf("at last %d are overdue, %d late after %d timeouts", stats.Overdue, stats.Late, stats.Timeouts)
		}
	})
}

func statsAfterClose(t *testing.T, f *cached.Function[string, string]) ctxcache.Stats {
	t.Helper()
	stats, err := f.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stats
}
