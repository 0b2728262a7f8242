package twolevel_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// remote is a far that asks servers, and cannot be watched.
type remote struct {
	ctxcache.Forward[string, int]
}

func newRemote(ttl time.Duration) *remote {
	inner := memory.New(&memory.Options[string, int]{MaxEntries: 10, TTL: ttl})
	return &remote{ctxcache.NewForward(inner, ctxcache.Description{Kind: "remote"})}
}

func (r *remote) Supports() ctxcache.Cap { return r.Forward.Supports() &^ ctxcache.CapWatch }

func (r *remote) Timeouts() ctxcache.Timeouts {
	return ctxcache.Timeouts{Read: time.Second, Write: time.Second}
}

func TestCheck(t *testing.T) {
	near := memory.New(&memory.Options[string, int]{MaxEntries: 10})
	for name, c := range map[string]struct {
		far     ctxcache.Cache[string, int]
		options *twolevel.Options
		want    []string
	}{
		"as it should be":         {newRemote(time.Hour), &twolevel.Options{NearTTL: time.Minute}, nil},
		"memory over memory":      {memory.New(&memory.Options[string, int]{MaxEntries: 10}), nil, nil},
		"without NearTTL":         {newRemote(time.Hour), nil, []string{"near_unlimited"}},
		"NearTTL above far's TTL": {newRemote(time.Second), &twolevel.Options{NearTTL: time.Minute}, []string{"near_above_far"}},
		"the same under a layer": {
			layers.Prefixed(newRemote(time.Second), "p:"), &twolevel.Options{NearTTL: time.Minute}, []string{"near_above_far"},
		},
		"coherent over what cannot be heard": {newRemote(time.Hour), &twolevel.Options{Coherent: true}, []string{"cannot_watch"}},
		"invalid":                            {newRemote(time.Hour), &twolevel.Options{NearTTL: -1}, []string{"invalid_options"}},
	} {
		stack := twolevel.New[string, int](near, c.far, c.options)
		warnings, err := ctxcache.Check(t.Context(), stack)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var codes []string
		for _, w := range warnings {
			codes = append(codes, w.Code)
		}
		if !slices.Equal(codes, c.want) {
			t.Errorf("%s: the warnings are %v, want %v", name, warnings, c.want)
		}
	}
}
