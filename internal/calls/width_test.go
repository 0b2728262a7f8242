package calls_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

const (
	narrow  = 3  // how many round trips to a server nearby run before reads wait
	decided = 64 // how many round trips it takes to find out how near the server is
)

// answering makes so many round trips, each of which takes so long.
func (s *trips) answering(t *testing.T, count int, took time.Duration) {
	t.Helper()
	s.end = func() { time.Sleep(took) }
	for range count {
		ended := make(chan read, 1)
		s.start(t.Context(), ended, "key")
		s.letGo <- struct{}{}
		if r := <-ended; r.value != "key" {
			t.Fatalf("the read: %q, %v", r.value, r.err)
		}
	}
	s.end = func() {}
	s.take()
}

// together returns how many of twenty reads begin a round trip at once, and ends all of them.
func (s *trips) together(t *testing.T) (begun int) {
	t.Helper()
	ended := make(chan read, 20)
	for i := range cap(ended) {
		s.start(t.Context(), ended, fmt.Sprint("key", i))
	}
	begun = len(s.take())
	close(s.letGo)
	for range cap(ended) {
		if r := <-ended; r.value != r.key || r.err != nil {
			t.Errorf("the read of %q: %q, %v", r.key, r.value, r.err)
		}
	}
	return begun
}

// Reads wait earlier if the server is near, because then they do not wait for long.
func TestReadsOfAServerNearbyShareMore(t *testing.T) {
	for _, test := range []struct {
		name  string
		trips []time.Duration // decided round trips of each
		want  int
	}{
		{"unknown", nil, alone},
		{"near", []time.Duration{100 * time.Microsecond}, narrow},
		{"far", []time.Duration{500 * time.Microsecond}, alone},
		{"no longer near", []time.Duration{100 * time.Microsecond, time.Millisecond}, alone},
		{"near again", []time.Duration{time.Millisecond, 100 * time.Microsecond}, narrow},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTrips(t, 100)
				for _, took := range test.trips {
					s.answering(t, decided, took)
				}
				if begun := s.together(t); begun != test.want {
					t.Errorf("%d round trips at a time, want %d", begun, test.want)
				}
			})
		})
	}
}

// A load of the machine makes most round trips slow. The fastest one counts.
func TestReadsOfAServerNearbyThatIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		s.answering(t, decided/2, 20*time.Millisecond)
		s.answering(t, 1, 100*time.Microsecond)
		s.answering(t, decided/2-1, 20*time.Millisecond)
		if begun := s.together(t); begun != narrow {
			t.Errorf("%d round trips at a time, want %d", begun, narrow)
		}
	})
}

// A round trip without an answer says nothing about how near the server is.
func TestReadsWithoutAnswersDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		s.end = func() { time.Sleep(time.Microsecond) }
		s.fails = errors.New("no answer")
		for range 2 * decided {
			ended := make(chan read, 1)
			s.start(t.Context(), ended, "key")
			s.letGo <- struct{}{}
			if r := <-ended; r.err == nil {
				t.Fatal("the read does not fail")
			}
		}
		s.take()
		s.fails, s.end = nil, func() {}
		if begun := s.together(t); begun != alone {
			t.Errorf("%d round trips at a time, want %d", begun, alone)
		}
	})
}

// If fewer round trips are to run than do, some of them end although reads wait. The others take these reads.
func TestReadsShareMoreWhileManyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		s.answering(t, decided-1, 100*time.Microsecond)
		s.end = func() { time.Sleep(100 * time.Microsecond) }
		ended := make(chan read, 100)
		for i := range alone {
			s.start(t.Context(), ended, fmt.Sprint("alone", i))
		}
		s.take()
		waiting := 0
		for range alone { // each takes a read that waits, unless it is one of those that end
			s.start(t.Context(), ended, fmt.Sprint("waits", waiting))
			waiting++
			s.letGo <- struct{}{}
			<-ended
			synctest.Wait()
		}
		if sent := len(s.take()); sent != narrow {
			t.Errorf("%d round trips go on, want %d", sent, narrow)
		}
		close(s.letGo)
		for range waiting {
			if r := <-ended; r.value != r.key || r.err != nil {
				t.Errorf("the read of %q: %q, %v", r.key, r.value, r.err)
			}
		}
	})
}

// A read on the goroutine of its caller counts as one by a worker does.
func TestReadsAloneOfAServerNearby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		for _, test := range []struct {
			took time.Duration
			want int
		}{{0, alone}, {time.Millisecond, alone}, {100 * time.Microsecond, narrow}} {
			for range decided {
				if !s.reads.Alone() {
					t.Fatal("a read must wait for nothing")
				}
				s.reads.Leave(test.took)
			}
			begun := 0
			for s.reads.Alone() {
				begun++
			}
			for range begun {
				s.reads.Leave(0)
			}
			if begun != test.want {
				t.Errorf("round trips of %v: %d at a time, want %d", test.took, begun, test.want)
			}
		}
	})
}
