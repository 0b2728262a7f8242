package faults_test

import (
	"sync"
	"time"
)

// stalls measures for how long the process stood still.
type stalls struct {
	stop    chan struct{}
	running sync.WaitGroup
	longest time.Duration // after end
}

const stallTick = 5 * time.Millisecond

func watchStalls() *stalls {
	s := &stalls{stop: make(chan struct{})}
	s.running.Go(func() {
		ticker := time.NewTicker(stallTick)
		defer ticker.Stop()
		last := time.Now()
		for {
			select {
			case <-s.stop:
				return
			case <-ticker.C:
				now := time.Now()
				s.longest = max(s.longest, now.Sub(last)-stallTick)
				last = now
			}
		}
	})
	return s
}

// end returns the longest stall.
func (s *stalls) end() time.Duration {
	close(s.stop)
	s.running.Wait()
	return s.longest
}
