package encrypted_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/encrypted"
	"github.com/ctxcache/cached/layers/twolevel"
)

// While far is down, the lease of resilient two levels is local. So is the one that a layer over them hands out, because its
// end proves no more.
func TestLeaseOverLevelsWhoseFarIsDownIsLocal(t *testing.T) {
	open := newStore
	far, faults := cachetest.Failing(open())
	levels := twolevel.New(open(), far, &twolevel.Options{Resilient: true})
	c := encrypted.New(levels, someSecret, inTest)
	faults.Fail(errors.New("far is down"), cachetest.On())
	_, lease, err := ctxcache.GetLease(t.Context(), c, "k", 0)
	if !lease.Granted() || !lease.Local() || err != ctxcache.ErrMiss {
		t.Errorf("the lease is %v, %v", lease, err)
	}
	source := open()
	if err := source.Set(t.Context(), "copied", []byte("v"), time.Hour); err != nil {
		t.Fatal(err)
	}
	report, err := ctxcache.Copy(t.Context(), c, source, nil)
	if report.Copied != 0 || !errors.Is(err, ctxcache.ErrUnavailable) {
		t.Errorf("Copy: %+v, %v; nobody else has the copy", report, err)
	}
}
