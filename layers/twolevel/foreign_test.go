package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// talkative is a cache whose answers for many keys have an entry of a key that nobody asked for. It also has an error, in
// addition to an entry, for the key bad.
type talkative struct {
	ctxcache.Forward[string, int]
	err error
}

func newTalkative(err error) *talkative {
	return &talkative{ctxcache.NewForward(newNear(), ctxcache.Description{}), err}
}

func (c *talkative) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[int], error) {
	found, _ := c.Forward.GetEntries(ctx, keys)
	return found, c.add(found)
}

func (c *talkative) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[int], map[string]ctxcache.Lease, error) {
	found, leases, _ := c.Forward.GetLeases(ctx, keys, refreshBelow)
	return found, leases, c.add(found)
}

func (c *talkative) add(found map[string]ctxcache.Entry[int]) error {
	found["unasked"] = ctxcache.NewEntry(3, time.Hour)
	if c.err == nil {
		return nil
	}
	found["bad"] = ctxcache.NewEntry(4, time.Hour)
	return ctxcache.FailEach([]string{"bad"}, c.err)
}

// TestLevelsThatSayTooMuch checks that callers get what they asked for only, and either an entry or an error of it.
func TestLevelsThatSayTooMuch(t *testing.T) {
	errBad := errors.New("bad")
	for _, tc := range []struct {
		name      string
		near, far error
	}{
		{name: "entries only"},
		{name: "an error of near", near: errBad},
		{name: "an error of far", far: errBad},
		{name: "a corrupt near copy", near: ctxcache.ErrCorrupt, far: errBad},
	} {
		t.Run(tc.name, func(t *testing.T) {
			near, far := newTalkative(tc.near), newTalkative(tc.far)
			c := twolevel.New(near, far, nil)
			layertest.MustSet[string, int](t, far, "good", 1)
			wantBad := tc.near != nil || tc.far != nil
			keys := []string{"good", "bad", "absent"}
			check := func(what string, found map[string]ctxcache.Entry[int], err error) {
				t.Helper()
				if len(found) != 1 || found["good"].Value != 1 {
					t.Errorf("%s: found %v", what, found)
				}
				if bad := ctxcache.KeyError(err, "bad"); wantBad && !errors.Is(bad, errBad) || !wantBad && err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			found, leases, err := c.GetLeases(t.Context(), keys, 0)
			check("GetLeases", found, err)
			if err := c.ReleaseMany(t.Context(), leases); err != nil {
				t.Errorf("ReleaseMany: %v", err)
			}
			for _, what := range []string{"from far", "from near"} {
				found, err := c.GetEntries(t.Context(), keys)
				check(what, found, err)
			}
			for _, key := range []string{"bad", "unasked"} {
				if _, err := near.Get(t.Context(), key); err != ctxcache.ErrMiss {
					t.Errorf("near has a copy of %s: %v", key, err)
				}
			}
		})
	}
}
