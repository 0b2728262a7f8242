package twolevel_test

import (
	"context"
	"errors"
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
	return newRemoteOf(inner)
}

func newRemoteOf(inner intCache) *remote {
	return &remote{ctxcache.NewForward(inner, ctxcache.Description{Kind: "remote"})}
}

func (r *remote) Supports() ctxcache.Cap { return r.Forward.Supports() &^ ctxcache.CapWatch }

func (r *remote) Timeouts() ctxcache.Timeouts {
	return ctxcache.Timeouts{Read: time.Second, Write: time.Second}
}

func TestCheck(t *testing.T) {
	near := memory.New(&memory.Options[string, int]{MaxEntries: 10})
	minute := &twolevel.Options{NearTTL: time.Minute}
	above := []string{"near_above_far"}
	capped := func(far ctxcache.Cache[string, int], limit time.Duration) ctxcache.Cache[string, int] {
		return layers.Expiring(far, layers.Expiry{Max: limit})
	}
	for name, c := range map[string]struct {
		far     ctxcache.Cache[string, int]
		options *twolevel.Options
		want    []string
	}{
		"as it should be":            {newRemote(time.Hour), &twolevel.Options{NearTTL: time.Minute}, nil},
		"memory over memory":         {memory.New(&memory.Options[string, int]{MaxEntries: 10}), nil, nil},
		"without NearTTL":            {newRemote(time.Hour), nil, []string{"near_unlimited"}},
		"NearTTL above far's cap":    {capped(newRemote(time.Hour), time.Second), minute, above},
		"the same under a layer":     {layers.Prefixed(capped(newRemote(time.Hour), time.Second), "p:"), minute, above},
		"the same over a layer":      {capped(layers.Prefixed(newRemote(time.Hour), "p:"), time.Second), minute, above},
		"the cap below a larger one": {capped(capped(newRemote(time.Hour), time.Second), time.Hour), minute, above},
		"the cap above a larger one": {capped(capped(newRemote(time.Hour), time.Hour), time.Second), minute, above},
		"a cap in each of some shards": {
			layers.Locked(2, func() ctxcache.Cache[string, int] { return capped(newRemote(0), time.Second) }), minute, above,
		},
		"a cap of a far that has two levels": {
			twolevel.New[string, int](near, capped(newRemote(0), time.Second), &twolevel.Options{NearTTL: time.Second}), minute, above,
		},
		"a cap of the near level of far": {
			twolevel.New[string, int](capped(near, time.Second), newRemote(0), &twolevel.Options{NearTTL: time.Second}), minute, nil,
		},
		"Resilient": {newRemote(time.Hour), &twolevel.Options{NearTTL: time.Minute, Resilient: true}, nil},
		"Resilient, far cannot be cleared": {
			bare{newNear()}, &twolevel.Options{NearTTL: time.Minute, Resilient: true}, []string{"missed_for_ever"},
		},
		"NearTTL equal to far's cap":         {capped(newRemote(time.Hour), time.Minute), minute, nil},
		"far's default below NearTTL":        {newRemote(time.Second), minute, above},
		"the default of what is under far":   {layers.Prefixed(newRemote(time.Second), "p:"), minute, above},
		"a default over far's":               {layers.Expiring(newRemote(time.Second), layers.Expiry{Default: time.Hour}), minute, nil},
		"a default below NearTTL":            {layers.Expiring(newRemote(time.Hour), layers.Expiry{Default: time.Second}), minute, above},
		"coherent over what cannot be heard": {newRemote(time.Hour), &twolevel.Options{Coherent: true}, []string{"cannot_watch"}},
		"a followed source":                  {newRemote(time.Hour), &twolevel.Options{Follow: changesOf(newNear())}, nil},
		"a source of keys that it never reports": {
			newRemote(time.Hour), &twolevel.Options{Follow: mute{}}, []string{"source_down", "keys_not_reported"},
		},
		"a source of data, far cannot be cleared": {
			bare{newNear()}, &twolevel.Options{Follow: changesOf(newNear())}, []string{"far_not_cleared"},
		},
		"a source of a cache, far cannot be cleared": {
			bare{newNear()}, &twolevel.Options{Follow: ctxcache.SourceOf(newNear())}, nil,
		},
		"invalid": {newRemote(time.Hour), &twolevel.Options{NearTTL: -1}, []string{"invalid_options"}},
	} {
		stack := twolevel.New[string, int](near, c.far, c.options)
		warnings, err := ctxcache.Check(t.Context(), stack)
		if err := errors.Join(err, stack.Close()); err != nil {
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

// mute is a source that never reports anything, and knows that.
type mute struct{}

func (mute) Watch(ctx context.Context, _ func(ctxcache.Event)) error {
	<-ctx.Done()
	return ctx.Err()
}

func (mute) StoredKey(any) any { return nil }

func (mute) Check(context.Context) ([]ctxcache.Warning, error) {
	return []ctxcache.Warning{{Code: "source_down", Text: "it reports nothing"}}, nil
}
