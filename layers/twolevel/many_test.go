package twolevel_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
)

// onlyRecord returns the only record of a log, and fails the test unless there is exactly one.
func onlyRecord(t *testing.T, log *cachetest.Log[string]) cachetest.Record[string] {
	t.Helper()
	records := log.Records()
	if len(records) != 1 {
		t.Fatalf("%d calls instead of one: %v", len(records), records)
	}
	slices.Sort(records[0].Keys)
	return records[0]
}

func TestManyAsksFarOnceForWhatNearLacks(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "both", 1)
	layertest.MustSet(t, l.far, "far", 2)
	layertest.MustSet(t, l.far, "more", 3)
	l.farLog.Reset()
	found, err := ctxcache.GetMany(t.Context(), l.cache, []string{"both", "far", "none", "more", "far"})
	if want := map[string]int{"both": 1, "far": 2, "more": 3}; err != nil || !maps.Equal(found, want) {
		t.Errorf("GetMany = %v, %v, want %v", found, err, want)
	}
	if got, want := onlyRecord(t, l.farLog).Keys, []string{"far", "more", "none"}; !slices.Equal(got, want) {
		t.Errorf("far was asked for %v, want %v", got, want)
	}
	layertest.WantKeys(t, l.near, "both", "far", "more")
	wantFree(t, l.near, "none")
}

// wantFree fails the test unless the lease on key is free.
func wantFree(t *testing.T, c intCache, key string) {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, key, ctxcache.NoExpiry)
	if !lease.Granted() {
		t.Errorf("the lease on %s was left behind: %v", key, err)
	} else if err := ctxcache.Release(t.Context(), c, key, lease); err != nil {
		t.Error(err)
	}
}

func TestManyWritesFarOnce(t *testing.T) {
	l := newTwoLevels(nil)
	if err := ctxcache.SetMany(t.Context(), l.cache, map[string]int{"a": 1, "b": 2}, time.Hour); err != nil {
		t.Fatal(err)
	}
	onlyRecord(t, l.farLog)
	layertest.WantKeys(t, l.near, "a", "b")
	l.farLog.Reset()
	if err := ctxcache.DeleteMany(t.Context(), l.cache, []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	onlyRecord(t, l.farLog)
	layertest.WantKeys(t, l.near)
	layertest.WantKeys(t, l.far)
}

func TestManyNamesWhatFailed(t *testing.T) {
	l := newTwoLevels(nil)
	entries := map[string]ctxcache.Entry[int]{"good": {Value: 1, Meta: ctxcache.Meta{TTL: time.Hour}}, "bad": {Value: 1, Meta: ctxcache.Meta{TTL: -1}}}
	layertest.MustSet(t, l.cache, "bad", 0)
	err := ctxcache.SetEntries(t.Context(), l.cache, entries)
	if !errors.Is(ctxcache.KeyError(err, "bad"), ctxcache.ErrTTL) || ctxcache.KeyError(err, "good") != nil {
		t.Errorf("SetEntries = %v, want ErrTTL for one of the keys", err)
	}
	layertest.WantValue(t, l.near, "good", 1)
	layertest.WantValue(t, l.near, "bad", 0)

	if err := l.near.Delete(t.Context(), "bad"); err != nil {
		t.Fatal(err)
	}
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpGetEntries, ctxcache.OpGetLeases))
	for _, read := range []func() (map[string]ctxcache.Entry[int], error){
		func() (map[string]ctxcache.Entry[int], error) {
			return ctxcache.GetEntries(t.Context(), l.cache, []string{"good", "bad"})
		},
		func() (map[string]ctxcache.Entry[int], error) {
			found, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"good", "bad"}, 0)
			if len(leases) > 0 {
				t.Errorf("leases despite a failure: %v", leases)
			}
			return found, err
		},
	} {
		found, err := read()
		if len(found) != 1 || found["good"].Value != 1 || !errors.Is(ctxcache.KeyError(err, "bad"), errFar) || ctxcache.KeyError(err, "good") != nil {
			t.Errorf("found %v, %v, want near's value, and far's error for the other key", found, err)
		}
		wantFree(t, l.near, "bad")
	}
}

func TestManyJoinsErrors(t *testing.T) {
	l := newTwoLevels(nil)
	errNear := errors.New("near is down")
	l.nearFault.Fail(errNear, cachetest.On())
	l.farFault.Fail(errFar, cachetest.On())
	for name, err := range map[string]error{
		"SetMany":    ctxcache.SetMany(t.Context(), l.cache, map[string]int{"k": 1}, time.Hour),
		"DeleteMany": ctxcache.DeleteMany(t.Context(), l.cache, []string{"k"}),
	} {
		if err := ctxcache.KeyError(err, "k"); !errors.Is(err, errFar) || !errors.Is(err, errNear) {
			t.Errorf("%s = %v, want the errors of both", name, err)
		}
	}
}
