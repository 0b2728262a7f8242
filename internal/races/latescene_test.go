package races_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/latecopies"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// lateCopy is a kind of command whose first copy lands late: after the client has given it up or repeated it, and after
// another process has changed the key.
type lateCopy struct {
	// keys are what the command is for. The other process changes only the first one.
	keys []string

	// before prepares the key. Nil does nothing.
	before func(s *scene) error

	// hold holds the first copy back. Nil holds the first command that changes the keys.
	hold func(s *scene) *latecopies.Held

	// act sends the command. Its context ends if the caller is to leave.
	act func(ctx context.Context, s *scene) error

	// needed says that the caller calls act again until it succeeds.
	needed bool

	// soon checks, before anything else happens, what follows from the success of act. Nil checks nothing.
	soon func(s *scene) (violation string, err error)

	// late uses what act has got, after the late copy has landed. Nil does nothing.
	late func(s *scene) (violation string, err error)

	// laters are what the other process does between act and the landing.
	laters []string

	// unfenced says that the late copy takes effect: it may end leases and remove a newer value.
	unfenced bool

	// stores says that the late copy may store the old value. If act has failed, that value is deleted once more.
	stores bool

	// own says that, if there are two levels, the first process itself changes the key: it has stored a copy in near, and
	// nobody tells it of changes by others.
	own bool

	timeout time.Duration // of the client; 0 for a long one
	renews  bool          // whether leases are renewed during the test
	ways    []giveUp      // nil for all
}

// renewedTTL is the life of leases that are renewed during a test: every 2 s. A busy machine may be 4 s late.
const renewedTTL = 6 * time.Second

// scene is one run of a lateCopy.
type scene struct {
	*lateNetwork
	kind   *lateCopy
	leases map[string]ctxcache.Lease // of the first process
	taken  ctxcache.Lease            // of the other process
	failed bool                      // whether act failed, if only the first time
	actErr error                     // of the last time
}

// giveUp is what the client does about a command that is not answered.
type giveUp struct {
	name    string
	retries int  // of the client, where it repeats commands
	again   bool // the caller tries again
	leave   bool // the context of the caller ends; otherwise the connection breaks
}

var (
	repeats = giveUp{name: "repeated", retries: 3, again: true}
	givesUp = giveUp{name: "given up", retries: -1}
	leaves  = giveUp{name: "left", retries: -1, leave: true}
)

const (
	thenDelete  = "Delete"
	thenSet     = "Set"
	thenLoaded  = "another load"
	thenLoading = "a load in flight"
)

// run runs k over each server, for each way to give up. In two levels it runs one of the cases.
func (k lateCopy) run(t *testing.T) {
	t.Helper()
	ways := k.ways
	if ways == nil {
		ways = []giveUp{repeats, givesUp, leaves}
	}
	for _, server := range lateServers {
		for _, way := range ways {
			t.Run(server.name+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				k.against(t, server, way, k.laters, false)
			})
		}
		t.Run("TwoLevel(memory,"+server.name+")", func(t *testing.T) {
			t.Parallel()
			k.against(t, server, ways[0], k.laters[:1], true)
		})
	}
}

// against runs k for all laters at the same time. On the library nothing may go wrong. On the double something must.
func (k lateCopy) against(t *testing.T, server lateServer, way giveUp, laters []string, twoLevels bool) {
	t.Helper()
	violations := make(map[bool][]string)
	for _, double := range []bool{false, true} {
		ctx, cancel := context.WithTimeout(t.Context(), memcachedtest.Patience)
		defer cancel()
		var mu sync.Mutex
		var running sync.WaitGroup
		for _, later := range laters {
			d := lateDesign{double: double, twoLevels: twoLevels, retries: way.retries, timeout: k.timeout}
			if d.timeout == 0 || double { // the double does nothing after a timeout
				d.timeout = memcachedtest.Patience
			}
			if k.renews {
				d.leaseTTL = renewedTTL
			}
			network := server.network(ctx, t, d)
			running.Go(func() {
				violation, err := k.once(&scene{lateNetwork: network, kind: &k}, way, later, twoLevels)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("%s: the race could not be brought about (double %v): %v", later, double, err)
				}
				if violation != "" {
					violations[double] = append(violations[double], later+": "+violation)
				}
			})
		}
		running.Wait()
	}
	for _, violation := range violations[false] {
		t.Error(violation)
	}
	if len(violations[true]) == 0 {
		t.Error("nothing goes wrong on the naive double, so this race proves nothing")
	}
	t.Logf("on the naive double: %q", violations[true])
}

// once runs one case.
func (k *lateCopy) once(s *scene, way giveUp, later string, twoLevels bool) (violation string, err error) {
	if err := s.warm(); err != nil {
		return "", err
	}
	if k.before != nil {
		if err := k.before(s); err != nil {
			return "", err
		}
	}
	var first *latecopies.Held
	if k.hold != nil {
		first = k.hold(s)
	} else {
		first = s.hold(k.keys...)
	}
	deletions := gate{func() {}}
	if k.stores {
		deletions = s.deleteAfter(k.keys...)
	}
	defer deletions.open()
	if err := s.giveUp(first, way); err != nil {
		return "", err
	}
	defer first.HangUp()
	if k.soon != nil && s.actErr == nil {
		if violation, err := k.soon(s); violation != "" || err != nil {
			return violation, err
		}
	}
	by := s.other
	if twoLevels && k.own {
		by = s.n
	}
	switch err := s.then(by, later); err {
	case nil:
	case ctxcache.ErrLeaseLost: // what the first process does about its command has ended it
		return lostLease, nil
	default:
		return "", fmt.Errorf("%s: %w", later, err)
	}
	if replies := first.Release(); strings.Contains(replies, "NOSCRIPT") {
		return "", fmt.Errorf("the server did not know the script: %q", replies)
	}
	deletions.open()
	return s.judge(by, later)
}
