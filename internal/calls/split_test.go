package calls_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// hang makes calls to a server that hangs, until its breaker lets only one through at a time.
func hang(t *testing.T, b *calls.Backend, server string, until <-chan struct{}) {
	t.Helper()
	for range 3 {
		_, err := calls.Task[string]{Op: ctxcache.OpGet, Server: server, Run: stuck(until)}.Do(t.Context(), b)
		if !errors.Is(err, ctxcache.ErrTimeout) {
			t.Fatalf("a call to a server that hangs: %v", err)
		}
	}
}

func TestServerThatHangsDoesNotGetPartsOfOthersRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		until := make(chan struct{})
		hang(t, b, "hung", until)
		holds := make(chan struct{})
		go func() { // the one that is let through
			_, err := calls.Task[string]{Op: ctxcache.OpGet, Server: "hung", Run: stuck(until)}.Do(t.Context(), b)
			if !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("a call to a server that hangs: %v", err)
			}
			close(holds)
		}()
		synctest.Wait()
		parts := []calls.Part{{Server: "hung", Keys: []string{"lost"}}, {Server: "good", Keys: []string{"kept"}}}
		began := time.Now()
		results, err := calls.Split(t.Context(), b, ctxcache.OpGetEntries, parts,
			func(_ context.Context, keys []string) (string, map[string]error, error) {
				if keys[0] == "lost" {
					t.Error("the server that hangs is asked")
				}
				return keys[0], nil, nil
			})
		if len(results) != 1 || results[0] != "kept" {
			t.Errorf("results %q", results)
		}
		if lost, kept := ctxcache.KeyError(err, "lost"), ctxcache.KeyError(err, "kept"); !errors.Is(lost, ctxcache.ErrTimeout) || kept != nil {
			t.Errorf("the errors are %v, and %v for the key of the good server", lost, kept)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the call that is refused took %v", took)
		}
		<-holds
		close(until)
		b.Close()
		b.Wait()
	})
}

func TestOneWaitForSeveralTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		began := time.Now()
		ctx := calls.OneWait(t.Context())
		if _, err := get(ctx, b, after(60*time.Millisecond)); err != nil {
			t.Errorf("the first task: %v", err)
		}
		if _, err := get(ctx, b, after(time.Minute)); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("the second task: %v", err)
		}
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("both tasks took %v, want 100ms", took)
		}
		if _, err := get(ctx, b, after(time.Second)); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("a task after the end of the wait: %v", err)
		}
		b.Close()
		b.Wait()
	})
}
