package guarded_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/guarded"
)

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		opts *guarded.Options
		name string // of the option that makes no sense
	}{
		{nil, ""},
		{&guarded.Options{}, ""},
		{&guarded.Options{FailureRatio: 1, MinCalls: 1, Window: time.Hour, OpenFor: time.Hour, MaxConcurrent: 1}, ""},
		{&guarded.Options{Window: time.Nanosecond, OpenFor: time.Nanosecond, MaxConcurrent: math.MaxInt}, ""},
		{&guarded.Options{FailureRatio: -0.1}, "FailureRatio"},
		{&guarded.Options{FailureRatio: 1.1}, "FailureRatio"},
		{&guarded.Options{FailureRatio: math.NaN()}, "FailureRatio"},
		{&guarded.Options{MinCalls: -1}, "MinCalls"},
		{&guarded.Options{Window: -1}, "Window"},
		{&guarded.Options{Window: time.Hour + 1}, "Window"},
		{&guarded.Options{Window: ctxcache.NoExpiry}, "Window"},
		{&guarded.Options{OpenFor: -1}, "OpenFor"},
		{&guarded.Options{OpenFor: time.Hour + 1}, "OpenFor"},
		{&guarded.Options{MaxConcurrent: -1}, "MaxConcurrent"},
	} {
		err := test.opts.Validate()
		c := guarded.New(memory.New[string, string](nil), test.opts)
		_, callErr := c.Get(t.Context(), "a")
		if test.name == "" {
			if err != nil || callErr != ctxcache.ErrMiss {
				t.Errorf("%+v: %v, and a call: %v", test.opts, err, callErr)
			}
			continue
		}
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), test.name) {
			t.Errorf("%+v: %v", test.opts, err)
		}
		if !errors.Is(callErr, ctxcache.ErrOptions) || !strings.HasPrefix(callErr.Error(), "guarded get: invalid options: "+test.name) {
			t.Errorf("%+v: a call returns %v", test.opts, callErr)
		}
		warnings, err := ctxcache.Check(t.Context(), ctxcache.NodeOf(c))
		if err != nil || len(warnings) != 1 || warnings[0].Code != "invalid_options" || warnings[0].Node != "guarded" {
			t.Errorf("%+v: Check warns of %v, %v", test.opts, warnings, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	store := memory.New[string, string](nil)
	d := ctxcache.NodeOf(guarded.New(store, &guarded.Options{Name: "far", MaxConcurrent: 7})).Describe()
	got := map[string]any{}
	for _, option := range d.Options {
		got[option.Name] = option.Value
	}
	want := map[string]any{
		"failure_ratio": 0.5, "min_calls": 20, "window": 10 * time.Second, "open_for": 5 * time.Second, "max_concurrent": 7,
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
	if d.Kind != "guarded" || d.Name != "far" || len(got) != len(want) || len(d.Children) != 1 || d.Children[0] != ctxcache.NodeOf(store) {
		t.Errorf("got %+v", d)
	}
}

func TestNewPanicsWithoutACache(t *testing.T) {
	defer func() {
		if recover() != "guarded: New needs an inner cache" {
			t.Error("it does not say what is missing")
		}
	}()
	guarded.New[string, string](nil, nil)
}
