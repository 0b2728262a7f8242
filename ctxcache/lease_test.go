package ctxcache_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// The token has the key in it, which may be personal, and leases end up in logs.
func TestLeaseDoesNotPrintItsToken(t *testing.T) {
	_, lease, err := memory.New[string, string](nil).GetLease(t.Context(), "ada@example.com", 0)
	if !lease.Granted() {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("lease", "lease", lease)
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v %s", lease, lease, lease, lease), fmt.Sprint(map[int]ctxcache.Lease{1: lease}), logged.String(),
	} {
		if strings.Contains(text, "ada") || !strings.Contains(text, "granted") {
			t.Errorf("printed as %s", text)
		}
	}
	if got := ctxcache.NoLease(ctxcache.Loading).String(); got != "not granted: another load" {
		t.Errorf("a refused lease is printed as %q", got)
	}
}

func TestLeasesAreComparable(t *testing.T) {
	c := memory.New[string, string](nil)
	_, a, _ := c.GetLease(t.Context(), "a", 0)
	_, b, _ := c.GetLease(t.Context(), "b", 0)
	same := map[ctxcache.Lease]bool{a: true}
	if a == b || !same[a] || same[b] || a == (ctxcache.Lease{}) {
		t.Error("two leases are equal, or one is not equal to itself")
	}
	if (ctxcache.Lease{}).Granted() || (ctxcache.Lease{}).Refusal() != ctxcache.NotDue {
		t.Error("the zero Lease is granted, or has a reason")
	}
}

func TestUnlessLost(t *testing.T) {
	broken := errors.New("broken")
	if err := ctxcache.UnlessLost[string](ctxcache.ErrLeaseLost); err != nil {
		t.Errorf("a lost lease: %v", err)
	}
	if err := ctxcache.UnlessLost[string](broken); err != broken {
		t.Errorf("a failure: %v", err)
	}
	many := ctxcache.NewManyError(map[string]error{"a": ctxcache.ErrLeaseLost, "b": broken})
	left := ctxcache.UnlessLost[string](many)
	if ctxcache.KeyError(left, "a") != nil || ctxcache.KeyError(left, "b") != broken {
		t.Errorf("of many: %v", left)
	}
	if err := ctxcache.UnlessLost[string](ctxcache.NewManyError(map[string]error{"a": ctxcache.ErrLeaseLost})); err != nil {
		t.Errorf("all lost: %v", err)
	}
}

// A local lease is granted, and says that it is local.
func TestLocalLease(t *testing.T) {
	lease := ctxcache.NewLocalLease("token")
	if !lease.Granted() || !lease.Local() || lease.Token() != "token" || lease.String() != "granted, local" {
		t.Errorf("%v: granted %v, local %v", lease, lease.Granted(), lease.Local())
	}
	if other := ctxcache.NewLease("token"); other.Local() || other == lease {
		t.Error("a lease that others honour counts as local")
	}
	if ctxcache.NoLease(ctxcache.Unavailable).Local() {
		t.Error("a lease that was not granted counts as local")
	}
}
