package races_test

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached"
)

// TestRace35_PartialBulkLoad: the context of a bulk load ends. Its loader returns what it has by then, and no error. Nothing
// of it is stored, and the keys that are missing are not taken for keys that the source does not have.
func TestRace35_PartialBulkLoad(t *testing.T) {
	cutting := naive.but(func(d *design) {
		d.bulk = func(c cache, load bulkLoader) bulkFunction { return impatientBulk{&naiveBulk{cache: c, load: load}} }
	})
	ours := func(c cache, load bulkLoader) bulkFunction {
		return cached.Bulk(c, load, &cached.Options{LoadTimeout: 10 * time.Millisecond, NotFoundTTL: time.Hour})
	}
	race(func(ctx context.Context, s *stack) (string, error) {
		if s.design.name == leased.name {
			s.design.bulk = ours
		}
		var whole atomic.Bool
		f := s.bulk(ctx, s.node(), func(ctx context.Context, _ []string) (map[string]string, error) {
			if whole.Load() {
				return map[string]string{"a": "whole", "b": "whole", "c": "whole"}, nil
			}
			<-ctx.Done()
			return map[string]string{"a": "part"}, nil
		})
		if values, err := f.GetMany(ctx, batch); err == nil {
			return fmt.Sprintf("a load whose context has ended returned %v", values), nil
		}
		whole.Store(true)
		values, err := f.GetMany(ctx, batch)
		if err != nil {
			return "", err
		}
		if want := map[string]string{"a": "whole", "b": "whole", "c": "whole"}; !maps.Equal(values, want) {
			return fmt.Sprintf("the next load returned %v", values), nil
		}
		return "", nil
	}).against(t, []store{{name: "memory"}, {name: "TwoLevel(memory,memory)", twoLevels: true}}, cutting)
}
