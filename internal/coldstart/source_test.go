package coldstart_test

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// source is what the members load from. It notes each load when it begins.
type source struct {
	addr string

	// hold is called at the beginning of each load, without a lock. It may wait, and then the load takes so long.
	hold atomic.Pointer[func(member string, keys []string)]

	mu      sync.Mutex
	changed sync.Cond
	begun   map[string]map[string]int // how often each key was loaded, by the member that did
	ended   int                       // keys whose loads have ended
	started int                       // members that are ready to begin
	atOnce  int                       // members begin when so many are ready
	over    bool                      // no await waits any more
}

// startSource starts a source, whose members begin when so many of them are ready. It stops when the test ends, and all
// loads end then.
func startSource(t *testing.T, atOnce int) *source {
	t.Helper()
	s := &source{atOnce: atOnce, begun: make(map[string]map[string]int)}
	s.changed.L = &s.mu
	s.holdBy(func(string, []string) {})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.addr = listener.Addr().String()
	handlers := http.NewServeMux()
	handlers.HandleFunc("/start", func(http.ResponseWriter, *http.Request) { s.start() })
	handlers.HandleFunc("/load", s.load)
	server := &http.Server{Handler: handlers}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		s.end()
		must(t, server.Close())
		if err := <-served; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return s
}

// holdBy makes loads call hold at their beginning.
func (s *source) holdBy(hold func(member string, keys []string)) { s.hold.Store(&hold) }

// start returns when enough members are ready.
func (s *source) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started++
	s.changed.Broadcast()
	s.wait(func() bool { return s.started >= s.atOnce })
}

func (s *source) load(w http.ResponseWriter, r *http.Request) {
	member, keys := r.Header.Get("From"), strings.Split(r.FormValue("keys"), ",")
	s.note(member, keys)
	(*s.hold.Load())(member, keys)
	_, _ = w.Write([]byte(valueOf(keys[0]))) // if the member is dead, nobody misses it
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended += len(keys)
	s.changed.Broadcast()
}

func (s *source) note(member string, keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := s.begun[member]
	if by == nil {
		by = make(map[string]int)
		s.begun[member] = by
	}
	for _, key := range keys {
		by[key]++
	}
	s.changed.Broadcast()
}

// end ends all waiting.
func (s *source) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.changed.Broadcast()
}

// await waits until a condition is true. It returns false if the source ends first. The condition is called with the
// lock.
func (s *source) await(condition func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wait(condition)
}

// wait is await for a caller that has locked the source.
func (s *source) wait(condition func() bool) bool {
	for !condition() {
		if s.over {
			return false
		}
		s.changed.Wait()
	}
	return true
}

// loads returns how often each key was loaded by those members. Without members it is how often all of them loaded it.
func (s *source) loads(members ...string) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(members) == 0 {
		for member := range s.begun {
			members = append(members, member)
		}
	}
	sum := make(map[string]int)
	for _, member := range members {
		for key, loads := range s.begun[member] {
			sum[key] += loads
		}
	}
	return sum
}

// total returns the sum of all loads.
func total(loads map[string]int) (sum int) {
	for _, n := range loads {
		sum += n
	}
	return sum
}
