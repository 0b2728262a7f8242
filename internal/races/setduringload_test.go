package races_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Set does not know the loads that run.
func (f *naiveFunction) Set(ctx context.Context, key, value string) error {
	return f.cache.Set(ctx, key, value, 0)
}

// settable is a cached function whose values can be set.
type settable interface {
	function
	Set(ctx context.Context, key, value string) error
}

// TestRace01_LateSetAfterSet: a load or a refresh reads the old value. The source is changed, and the new value is set
// through the function. Then the load ends, and must not overwrite the new value.
func TestRace01_LateSetAfterSet(t *testing.T) {
	for name, begin := range map[string]func(ctx context.Context, f function) (string, error){
		"load":    func(ctx context.Context, f function) (string, error) { return f.Get(ctx, key) },
		"refresh": func(ctx context.Context, f function) (string, error) { return f.Refresh(ctx, key) },
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				if name == "refresh" {
					if err := n.cache.Set(ctx, key, "older", time.Hour); err != nil {
						return "", err
					}
				}
				origin := newSource("old")
				f, ok := n.function(origin.load).(settable)
				if !ok {
					return "", fmt.Errorf("values cannot be set through %T", f)
				}
				call := async(func() (string, error) { return begin(ctx, f) })
				load, err := await(ctx, "the load", origin.loads)
				if err != nil {
					return "", err
				}
				origin.change(reply{value: "new"})
				if err := f.Set(ctx, key, "new"); err != nil {
					return "", err
				}
				origin.free()
				if value, err := f.Get(ctx, key); err != nil || value != "new" {
					return fmt.Sprintf("a Get after the Set returns %q, %v", value, err), nil
				}
				load.release()
				if r, err := await(ctx, "the call that began before the Set", call); err != nil || r.err != nil {
					return "", fmt.Errorf("it returned %v, %w", r, err)
				}
				if err := f.Close(ctx); err != nil { // everything that goes on behind has ended
					return "", err
				}
				for _, later := range []*node{n, s.node()} {
					if value, err := later.function(origin.load).Get(ctx, key); err != nil || value != "new" {
						return fmt.Sprintf("a Get after the load returns %q, %v", value, err), nil
					}
				}
				return "", nil
			}).run(t, allStores)
		})
	}
}
