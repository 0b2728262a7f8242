package funcvars_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

// Base is embedded in a service.
type Base struct {
	Ping func() (string, error)
}

type service struct {
	Base
	*Public
	GetData func(ctx context.Context, id int) (string, error)
	Empty   func() int
	Name    string
	private func() int
}

func (*service) Save() error { return nil }

func TestReplaceFields(t *testing.T) {
	calls := 0
	s := service{
		Base:    Base{Ping: func() (string, error) { calls++; return "pong", nil }},
		GetData: func(_ context.Context, id int) (string, error) { calls++; return strings.Repeat("x", id), nil },
		private: func() int { return 1 },
	}
	store := newStore()
	for range 2 { // the second time the originals are handles again
		handles, err := funcvars.ReplaceFields(store, &s, map[string]string{"GetData": "1.", "Ping": "2."}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			value, err := s.GetData(t.Context(), 3)
			expect(t, value, err, "xxx", nil)
			value, err = s.Ping()
			expect(t, value, err, "pong", nil)
		}
		if has, err := handles["GetData"].Contains(t.Context(), 3); !has || err != nil {
			t.Errorf("Contains: %v, %v", has, err)
		}
		key, err := handles["Ping"].Key(t.Context())
		expect(t, key, err, "2.[]", nil)
	}
	expectStored(t, store, "1.[3]", `"xxx"`)
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

func TestReplaceFieldsRefuse(t *testing.T) {
	calls := 0
	s := service{
		GetData: func(context.Context, int) (string, error) { calls++; return "", nil },
		private: func() int { return 1 },
	}
	for name, want := range map[string]string{
		"Other":   "funcvars_test.service has no such field",
		"private": "is not exported",
		"Save":    "it is a method of funcvars_test.service",
		"Name":    "is not a function",
		"Empty":   "the function is nil",
		"GetData": `the prefixes "1." and "1." overlap`,
	} {
		prefixes := map[string]string{"GetData": "1.", name: "2."}
		if name == "GetData" {
			prefixes = map[string]string{"GetData": "1.", "Ping": "1."}
		}
		handles, err := funcvars.ReplaceFields(newStore(), &s, prefixes, nil)
		if handles != nil || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for _, object := range []any{nil, s, (*service)(nil), &calls} {
		if _, err := funcvars.ReplaceFields(newStore(), object, nil, nil); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("ReplaceFields of a %T: %v", object, err)
		}
	}
	for range 2 {
		if _, err := s.GetData(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 2 {
		t.Error("a field was replaced")
	}
	outer := struct{ *Base }{}
	if _, err := funcvars.ReplaceFields(newStore(), &outer, map[string]string{"Ping": "p"}, nil); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("a field of an embedded nil: %v", err)
	}
}
