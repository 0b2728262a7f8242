package tracing_test

import (
	"context"
	"iter"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
)

// stub is a cache with all capabilities that returns the answers it was given. It records the span that it was called
// in.
type stub struct {
	err     error
	present bool
	lease   ctxcache.Lease
	leases  map[string]ctxcache.Lease
	entries map[string]ctxcache.Entry[[]byte]
	listed  []string
	during  func() // runs in every call, if set

	in trace.SpanContext
}

func (s *stub) called(ctx context.Context) error {
	s.in = trace.SpanContextFromContext(ctx)
	if s.during != nil {
		s.during()
	}
	return s.err
}

func (s *stub) Get(ctx context.Context, _ string) ([]byte, error) { return one, s.called(ctx) }

func (s *stub) Set(ctx context.Context, _ string, _ []byte, _ time.Duration) error {
	return s.called(ctx)
}

func (s *stub) Delete(ctx context.Context, _ string) error { return s.called(ctx) }

func (s *stub) Contains(ctx context.Context, _ string) (bool, error) { return s.present, s.called(ctx) }

func (s *stub) Remove(ctx context.Context, _ string) (bool, error) { return s.present, s.called(ctx) }

func (s *stub) SetEntry(ctx context.Context, _ string, _ ctxcache.Entry[[]byte]) error {
	return s.called(ctx)
}
func (s *stub) DeleteMany(ctx context.Context, _ []string) error          { return s.called(ctx) }
func (s *stub) Clear(ctx context.Context, _ ctxcache.Scope[string]) error { return s.called(ctx) }
func (s *stub) Watch(ctx context.Context, _ func(ctxcache.Event)) error   { return s.called(ctx) }
func (s *stub) StoredKey(key string) any                                  { return key }

func (s *stub) GetEntry(ctx context.Context, _ string) (ctxcache.Entry[[]byte], error) {
	return ctxcache.Entry[[]byte]{Value: one, Meta: ctxcache.Meta{TTL: time.Minute}}, s.called(ctx)
}

func (s *stub) GetEntries(ctx context.Context, _ []string) (map[string]ctxcache.Entry[[]byte], error) {
	return s.entries, s.called(ctx)
}

func (s *stub) SetEntries(ctx context.Context, _ map[string]ctxcache.Entry[[]byte]) error {
	return s.called(ctx)
}

func (s *stub) GetLease(ctx context.Context, _ string, _ time.Duration) (ctxcache.Entry[[]byte], ctxcache.Lease, error) {
	return ctxcache.Entry[[]byte]{}, s.lease, s.called(ctx)
}

func (s *stub) GetLeases(
	ctx context.Context, _ []string, _ time.Duration,
) (map[string]ctxcache.Entry[[]byte], map[string]ctxcache.Lease, error) {
	return s.entries, s.leases, s.called(ctx)
}

func (s *stub) Fill(ctx context.Context, _ string, _ ctxcache.Lease, _ ctxcache.Entry[[]byte]) error {
	return s.called(ctx)
}

func (s *stub) FillMany(ctx context.Context, _ map[string]ctxcache.Entry[[]byte], _ map[string]ctxcache.Lease) error {
	return s.called(ctx)
}

func (s *stub) Release(ctx context.Context, _ string, _ ctxcache.Lease) error { return s.called(ctx) }

func (s *stub) ReleaseMany(ctx context.Context, _ map[string]ctxcache.Lease) error {
	return s.called(ctx)
}

func (s *stub) Drop(ctx context.Context, _ string, _ ctxcache.Lease) error { return s.called(ctx) }

func (s *stub) Len(ctx context.Context, _ ctxcache.Scope[string]) (int, error) {
	return len(s.listed), s.called(ctx)
}

func (s *stub) Keys(ctx context.Context, _ ctxcache.Scope[string]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := s.called(ctx)
		for _, key := range s.listed {
			if !yield(key, nil) {
				return
			}
		}
		if err != nil {
			yield("", err)
		}
	}
}

func (s *stub) Stats(ctx context.Context) (ctxcache.Stats, error) {
	return ctxcache.Stats{Reads: 7}, s.called(ctx)
}

func (s *stub) Supports() ctxcache.Cap {
	return ctxcache.CapContains | ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapNegative | ctxcache.CapMany |
		ctxcache.CapLease | ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapWatch | ctxcache.CapStats
}
