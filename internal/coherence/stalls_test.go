package coherence_test

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// stalls are the times in which something stood still.
type stalls struct {
	mu   sync.Mutex
	all  []stall
	most time.Duration
}

type stall struct{ begin, end time.Time }

// add notes a stall, unless it was too short to matter.
func (s *stalls) add(begin, end time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = max(s.most, end.Sub(begin))
	if end.Sub(begin) > bound/10 {
		s.all = append(s.all, stall{begin, end})
	}
}

// longest returns the longest stall between two times.
func (s *stalls) longest(from, to time.Time) (longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		if one.end.After(from) && one.begin.Before(to) {
			longest = max(longest, one.end.Sub(one.begin))
		}
	}
	return longest
}

func (s *stalls) worst() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// watchProcess notes how late a ticker of this process is, until ctx is done.
func (s *stalls) watchProcess(ctx context.Context) {
	const interval = time.Millisecond
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		s.add(last, now)
		last = now
	}
}

// watchServer notes how long the servers take to answer a ping, until ctx is done. A server that other processes keep from
// running is late with its events, too.
func (s *stalls) watchServer(ctx context.Context, client redis.UniversalClient) {
	ping := func(ctx context.Context, master *redis.Client) error { return master.Ping(ctx).Err() }
	for ctx.Err() == nil {
		began := time.Now()
		var err error
		if cluster, ok := client.(*redis.ClusterClient); ok {
			err = cluster.ForEachMaster(ctx, ping)
		} else {
			err = client.Ping(ctx).Err()
		}
		if err == nil {
			s.add(began, time.Now())
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
}
