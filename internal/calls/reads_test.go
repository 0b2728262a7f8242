package calls_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// alone is how many round trips run before reads wait for one of them to end.
const alone = 8

// trips are round trips of reads. Each waits until it is let go. Then it does end, and answers each key with itself.
type trips struct {
	backend *calls.Backend
	reads   *calls.Reads
	letGo   chan struct{} // closed or sent to
	end     func()
	fails   error // of all reads

	mu   sync.Mutex
	sent [][]string // the keys of each round trip
}

func newTrips(t *testing.T, maxCalls int) *trips {
	s := &trips{letGo: make(chan struct{}), end: func() {}}
	s.backend = calls.NewBackend(calls.About{
		Layer: "test", MaxCalls: maxCalls, Timeouts: ctxcache.Timeouts{Read: time.Minute, Write: time.Minute},
		Unanswered: func(err error) bool { return err != errAnswer },
		Discreet:   func(err error) error { return err },
	})
	s.reads = calls.NewReads(s.backend, true, s.send)
	t.Cleanup(func() {
		s.backend.Close()
		s.backend.Wait()
	})
	return s
}

func (s *trips) send(_ context.Context, reads []*calls.Read) {
	var keys []string
	for _, r := range reads {
		keys = append(keys, r.Key)
	}
	s.mu.Lock()
	s.sent = append(s.sent, keys)
	s.mu.Unlock()
	<-s.letGo
	s.end()
	for _, r := range reads {
		r.Value = []byte(r.Key)
		if r.Key == "refused" {
			r.Value, r.Err = nil, errAnswer
		}
		if s.fails != nil {
			r.Value, r.Err = nil, s.fails
		}
	}
}

// take returns the keys of the round trips since the last take.
func (s *trips) take() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = nil
	return sent
}

// read is how a read ended.
type read struct {
	key, value string
	err        error
	panicked   any
	exited     bool
}

// start begins reads of keys, one after the other. They send how they end to a channel.
func (s *trips) start(ctx context.Context, ended chan<- read, keys ...string) {
	for _, key := range keys {
		go func() {
			r := read{key: key}
			r.panicked, r.exited = recovered(func() {
				var value []byte
				value, r.err = s.reads.Get(ctx, "", key)
				r.value = string(value)
			})
			ended <- r
		}()
		synctest.Wait() // so that they begin in this order
	}
}

// busy begins as many reads as run alone, and returns how they end.
func (s *trips) busy(t *testing.T) chan read {
	t.Helper()
	ended := make(chan read, alone)
	for i := range alone {
		s.start(t.Context(), ended, fmt.Sprint("alone", i))
	}
	if sent := s.take(); len(sent) != alone {
		t.Fatalf("%d reads make the round trips %q", alone, sent)
	}
	return ended
}

func TestReadsThatWaitShareARoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		first := s.busy(t)
		ended := make(chan read, 100)
		s.start(t.Context(), ended, "a", "refused", "b", "a")
		if sent := s.take(); sent != nil {
			t.Errorf("the reads that should wait make the round trips %q", sent)
		}
		s.letGo <- struct{}{}
		synctest.Wait()
		if sent := s.take(); len(sent) != 1 || !slices.Equal(sent[0], []string{"a", "refused", "b", "a"}) {
			t.Errorf("the reads that waited make the round trips %q", sent)
		}
		close(s.letGo)
		for range 4 {
			r := <-ended
			if r.key == "refused" && !errors.Is(r.err, errAnswer) || r.key != "refused" && (r.value != r.key || r.err != nil) {
				t.Errorf("the read of %q: %q, %v", r.key, r.value, r.err)
			}
		}
		for range alone {
			if r := <-first; r.value != r.key || r.err != nil {
				t.Errorf("the read of %q: %q, %v", r.key, r.value, r.err)
			}
		}
		s.start(t.Context(), ended, "after")
		if r := <-ended; r.value != "after" || r.err != nil {
			t.Errorf("a read after that: %q, %v", r.value, r.err)
		}
	})
}

func TestReadsDoNotWaitLongForSlowOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		s.busy(t)
		ended := make(chan read, 100)
		s.start(t.Context(), ended, "a", "b")
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if sent := s.take(); len(sent) != 1 || !slices.Equal(sent[0], []string{"a", "b"}) {
			t.Errorf("while the others hang, the reads make the round trips %q", sent)
		}
		close(s.letGo)
		for range 2 {
			if r := <-ended; r.value != r.key || r.err != nil {
				t.Errorf("the read of %q: %q, %v", r.key, r.value, r.err)
			}
		}
	})
}

func TestReadWhoseCallerLeftIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, alone+2)
		s.busy(t)
		ended := make(chan read, 100)
		ctx, cancel := context.WithCancel(t.Context())
		s.start(ctx, ended, "left")
		s.start(t.Context(), ended, "stays")
		cancel()
		if r := <-ended; r.key != "left" || r.err != context.Canceled {
			t.Errorf("the caller that left: %+v", r)
		}
		close(s.letGo)
		if r := <-ended; r.value != "stays" || r.err != nil {
			t.Errorf("the caller that stays: %+v", r)
		}
		if sent := s.take(); len(sent) != 1 || !slices.Equal(sent[0], []string{"stays"}) {
			t.Errorf("the round trips are %q", sent)
		}
		for range alone + 2 { // every slot is free again
			s.start(t.Context(), ended, "after")
			if r := <-ended; r.err != nil {
				t.Error(r.err)
			}
		}
	})
}

func TestReadsThatWaitEndWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		first := s.busy(t)
		ended := make(chan read, 100)
		s.start(t.Context(), ended, "waits")
		s.backend.Close()
		if r := <-ended; !errors.Is(r.err, ctxcache.ErrClosed) {
			t.Errorf("the read that waits: %v", r.err)
		}
		for range alone {
			if r := <-first; !errors.Is(r.err, ctxcache.ErrClosed) {
				t.Errorf("a read: %v", r.err)
			}
		}
		close(s.letGo)
	})
}

func TestPanicOfASharedRoundTripReachesEveryCaller(t *testing.T) {
	oops := errors.New("oops")
	for name, end := range map[string]func(){"panic": func() { panic(oops) }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTrips(t, 100)
				first := s.busy(t)
				s.end = end
				ended := make(chan read, 100)
				s.start(t.Context(), ended, "a", "b")
				close(s.letGo)
				for range 2 + alone {
					var r read
					select {
					case r = <-ended:
					case r = <-first:
					}
					if want := name == "Goexit"; r.exited != want || !want && r.panicked != oops {
						t.Errorf("the read of %q panics with %v, and ends its goroutine: %v", r.key, r.panicked, r.exited)
					}
				}
				s.end = func() {}
				s.start(t.Context(), ended, "after")
				if r := <-ended; r.value != "after" || r.err != nil {
					t.Errorf("a read after that: %+v", r)
				}
				s.backend.Close()
				s.backend.Wait()
				if err := s.backend.Panicked(); err != nil {
					t.Errorf("Panicked: %v", err)
				}
			})
		})
	}
}

func TestPanicOfAReadThatNobodyWaitsForIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		s.end = func() { panic("oops") }
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan read, 1)
		s.start(ctx, ended, "left")
		cancel()
		<-ended
		close(s.letGo)
		s.backend.Close()
		s.backend.Wait()
		if s.backend.Panicked() == nil {
			t.Error("Panicked returns nil")
		}
	})
}

// A read whose limit has passed is never used again for another key: its timer may still refer to it.
func TestReadsAfterATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		ended := make(chan read, 1)
		s.start(t.Context(), ended, "slow")
		if r := <-ended; !errors.Is(r.err, ctxcache.ErrTimeout) {
			t.Errorf("the slow read: %v", r.err)
		}
		close(s.letGo)
		for range 3 {
			s.start(t.Context(), ended, "after")
			if r := <-ended; r.value != "after" || r.err != nil {
				t.Errorf("a read after that: %+v", r)
			}
			time.Sleep(time.Minute)
		}
	})
}
