package races_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveServer is a cache in a server as it is usually written. Its commands are repeated if their connection breaks. The
// marker of a lease names its owner, so the copy of a grant makes the same marker again. Renewals, releases and drops do
// not look at what is under the key. A Delete is tried once, and its error is ignored. A renewal that fails is the last.
type naiveServer struct {
	commands
	once     commands // these are never repeated
	prefix   string
	marker   string // of this owner
	leaseTTL time.Duration

	ctx    context.Context // ends the goroutines
	cancel context.CancelFunc
	behind sync.WaitGroup
}

const markerPrefix = "marker of "

func newNaiveServer(t *testing.T, repeated, once commands, prefix, owner string, leaseTTL time.Duration) *naiveServer {
	s := &naiveServer{commands: repeated, once: once, prefix: prefix, marker: markerPrefix + owner, leaseTTL: leaseTTL}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		s.cancel()
		s.behind.Wait()
	})
	return s
}

// naiveLease is a token. Renewal is nil if there is no marker to renew.
type naiveLease struct {
	key    string
	marked bool
	stop   context.CancelFunc
}

// read returns the value of key, or the marker under key. Both are nil if the key is absent.
func (s *naiveServer) read(ctx context.Context, key string) (value []byte, marker string, err error) {
	stored, err := s.get(ctx, s.prefix+key)
	if len(stored) > len(markerPrefix) && string(stored[:len(markerPrefix)]) == markerPrefix {
		return nil, string(stored), err
	}
	return stored, "", err
}

func (s *naiveServer) Get(ctx context.Context, key string) ([]byte, error) {
	value, _, err := s.read(ctx, key)
	if value == nil && err == nil {
		err = ctxcache.ErrMiss
	}
	return value, err
}

func (s *naiveServer) Set(ctx context.Context, key string, value []byte, _ time.Duration) error {
	return s.set(ctx, s.prefix+key, value)
}

func (s *naiveServer) Delete(ctx context.Context, key string) error {
	_ = s.once.del(ctx, s.prefix+key)
	return nil
}

func (s *naiveServer) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[[]byte], ctxcache.Lease, error) {
	value, marker, err := s.read(ctx, key)
	switch {
	case err != nil:
		return ctxcache.Entry[[]byte]{}, ctxcache.Lease{}, err
	case value != nil && refreshBelow == ctxcache.NoExpiry:
		return ctxcache.Entry[[]byte]{Value: value}, ctxcache.NewLease(&naiveLease{key: key, stop: func() {}}), nil
	case value != nil:
		return ctxcache.Entry[[]byte]{Value: value}, ctxcache.Lease{}, nil
	case marker == "":
		if err := s.add(ctx, s.prefix+key, []byte(s.marker)); err != nil {
			s.behind.Go(func() { _ = s.del(s.ctx, s.prefix+key) }) // takes the grant back; if that fails, the marker runs out
			return ctxcache.Entry[[]byte]{}, ctxcache.Lease{}, err
		}
		if _, marker, err = s.read(ctx, key); err != nil {
			return ctxcache.Entry[[]byte]{}, ctxcache.Lease{}, err
		}
	}
	if marker != s.marker {
		return ctxcache.Entry[[]byte]{}, ctxcache.NoLease(ctxcache.Loading), ctxcache.ErrMiss
	}
	return ctxcache.Entry[[]byte]{}, ctxcache.NewLease(s.renewed(ctx, key)), ctxcache.ErrMiss
}

// renewed returns a lease whose marker is written again and again.
func (s *naiveServer) renewed(ctx context.Context, key string) *naiveLease {
	load, stop := context.WithCancel(ctxcache.LoadContext(ctx))
	s.behind.Go(func() {
		ticker := time.NewTicker(s.leaseTTL / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if s.once.set(s.ctx, s.prefix+key, []byte(s.marker)) != nil {
					return
				}
			case <-load.Done():
				return
			case <-s.ctx.Done():
				return
			}
		}
	})
	return &naiveLease{key, true, stop}
}

func (s *naiveServer) Fill(ctx context.Context, key string, l ctxcache.Lease, e ctxcache.Entry[[]byte]) error {
	lease := l.Token().(*naiveLease)
	lease.stop()
	_, marker, err := s.read(ctx, key)
	if err != nil {
		return err
	}
	if lease.marked && marker != s.marker {
		return ctxcache.ErrLeaseLost
	}
	return s.set(ctx, s.prefix+key, e.Value)
}

func (s *naiveServer) Release(ctx context.Context, key string, l ctxcache.Lease) error {
	lease := l.Token().(*naiveLease)
	lease.stop()
	if !lease.marked {
		return nil
	}
	return s.del(ctx, s.prefix+key)
}

func (s *naiveServer) Drop(ctx context.Context, key string, l ctxcache.Lease) error {
	l.Token().(*naiveLease).stop()
	return s.del(ctx, s.prefix+key)
}

func (s *naiveServer) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[[]byte], map[string]ctxcache.Lease, error) {
	found, leases := make(map[string]ctxcache.Entry[[]byte]), make(map[string]ctxcache.Lease)
	failed := make(map[string]error)
	for _, key := range keys {
		e, lease, err := s.GetLease(ctx, key, refreshBelow)
		switch err {
		case nil:
			found[key] = e
		case ctxcache.ErrMiss:
		default:
			failed[key] = err
		}
		leases[key] = lease
	}
	return found, leases, ctxcache.NewManyError(failed)
}

func (s *naiveServer) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[[]byte], leases map[string]ctxcache.Lease,
) error {
	return eachKey(slices.Sorted(maps.Keys(entries)), func(key string) error {
		return s.Fill(ctx, key, leases[key], entries[key])
	})
}

func (s *naiveServer) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	return eachKey(slices.Sorted(maps.Keys(leases)), func(key string) error { return s.Release(ctx, key, leases[key]) })
}

// eachKey calls f with one key after the other, and returns the errors.
func eachKey(keys []string, f func(key string) error) error {
	failed := make(map[string]error)
	for _, key := range keys {
		if err := f(key); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}
