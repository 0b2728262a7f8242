package ctxcache_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// getter is memory that reads values faster than entries: it is a ManyGetter. It counts the calls that arrive.
type getter struct {
	ctxcache.Forward[string, string] // which hides that memory is a ValuesGetter
	entries, values                  int
}

func newGetter() *getter {
	m := memory.New[string, string](nil)
	return &getter{Forward: ctxcache.NewForward[string, string](m, ctxcache.Description{})}
}

func (g *getter) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	g.entries++
	return g.Forward.GetEntries(ctx, keys)
}

func (g *getter) GetMany(ctx context.Context, keys []string) (map[string]string, error) {
	g.values++
	values, _, err := g.split(g.Forward.GetEntries(ctx, keys))
	return values, err
}

// split returns the values among entries, and the keys of the negative ones.
func (*getter) split(entries map[string]ctxcache.Entry[string], err error) (map[string]string, []string, error) {
	values := make(map[string]string)
	var negative []string
	for key, e := range entries {
		if e.Absent {
			negative = append(negative, key)
		} else {
			values[key] = e.Value
		}
	}
	return values, negative, err
}

// valuer is a getter that reports negative entries, too: it is a ValuesGetter.
type valuer struct{ *getter }

func (v valuer) GetValues(ctx context.Context, keys []string) (map[string]string, []string, error) {
	v.values++
	return v.split(v.Forward.GetEntries(ctx, keys))
}

// loud is a layer that stores upper case, reads lower case, and refuses the stored value "DAMAGED".
func loud(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
	return &upper{ctxcache.NewMapped(inner, loudly())}
}

func loudly() ctxcache.Hooks[string, string, string, string] {
	return ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "loud"},
		Key:    func(key string) (string, error) { return "s:" + key, nil },
		Encode: func(_, value string) (string, error) { return strings.ToUpper(value), nil },
		Decode: func(_, value string) (string, error) {
			if value == "DAMAGED" {
				return "", errBadKey
			}
			return strings.ToLower(value), nil
		},
	}
}

// hide is a loud that has negative entries of its own.
func hide(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
	hooks := loudly()
	decode := hooks.Decode
	hooks.EncodeNegative = func(string, ctxcache.Meta) (string, error) { return "NONE", nil }
	hooks.Decode = func(key, value string) (string, error) {
		if value == "NONE" {
			return "", ctxcache.ErrNotFound
		}
		return decode(key, value)
	}
	return &upper{ctxcache.NewMapped(inner, hooks)}
}

func watch(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
	o, _ := observed(inner)
	return o
}

// fill stores a value, a negative entry, and a value that does not decode, under the keys v, n and d of a layer.
func fill(t *testing.T, c, store ctxcache.Cache[string, string]) {
	t.Helper()
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	err := errors.Join(
		c.Set(t.Context(), "v", "value", time.Hour),
		ctxcache.SetEntry(t.Context(), c, "n", negative),
		store.Set(t.Context(), "s:d", "DAMAGED", time.Hour),
		ctxcache.SetEntry(t.Context(), store, "s:f", negative), // foreign to a layer that hides negative entries
	)
	if err != nil {
		t.Fatal(err)
	}
}

// GetMany finds what GetEntries finds, with the same errors, through any stack, and reads no lives where it need not.
func TestGetManyReachesACacheThatReadsValuesFaster(t *testing.T) {
	type layer = func(ctxcache.Cache[string, string]) ctxcache.Cache[string, string]
	forward := func(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return newPart("forward", inner, everything)
	}
	for name, test := range map[string]struct {
		layers    []layer // the innermost first
		byGetter  bool    // values are read as values over a ManyGetter, too
		byEntries bool    // values are read as entries, even over a ValuesGetter
	}{
		"nothing":                          {nil, true, false},
		"mapped":                           {[]layer{loud}, true, false},
		"mapped twice":                     {[]layer{loud, loud}, true, false},
		"observed":                         {[]layer{watch}, false, false},
		"observed and mapped":              {[]layer{watch, loud}, false, false},
		"mapped and observed":              {[]layer{loud, watch, watch}, false, false},
		"hidden negative entries":          {[]layer{hide}, false, false},
		"hidden, and observed":             {[]layer{hide, watch}, false, false},
		"hidden, and mapped":               {[]layer{hide, loud}, false, false},
		"forward, which may be overridden": {[]layer{forward}, false, true},
		"mapped over forward":              {[]layer{forward, loud}, false, true},
	} {
		for _, reports := range []bool{false, true} {
			counts := newGetter()
			var store ctxcache.Cache[string, string] = counts
			if reports {
				store = valuer{counts}
			}
			c := store
			for _, layer := range test.layers {
				c = layer(c)
			}
			fill(t, c, store)
			keys := []string{"v", "absent", "n", "d", "f", "v"}
			entries, entriesErr := ctxcache.GetEntries(t.Context(), c, keys)
			want, _, _ := counts.split(entries, nil)
			counts.entries, counts.values = 0, 0
			got, err := ctxcache.GetMany(t.Context(), c, keys)
			if !maps.Equal(got, want) || !sameFailures(err, entriesErr) {
				t.Errorf("%s: GetMany returns %v, %v, and GetEntries %v, %v", name, got, err, want, entriesErr)
			}
			fast := !test.byEntries && (reports || test.byGetter)
			if fast != (counts.values == 1) || fast != (counts.entries == 0) {
				t.Errorf("%s, negative entries reported %v: %d reads of values and %d of entries",
					name, reports, counts.values, counts.entries)
			}
		}
	}
}

// sameFailures reports whether two errors of calls for many keys name the same keys, with the same texts.
func sameFailures(a, b error) bool {
	failures := func(err error) map[string]string {
		many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
		if !ok {
			return nil
		}
		texts := make(map[string]string)
		for key, err := range many.Failed {
			texts[key] = err.Error()
		}
		return texts
	}
	return maps.Equal(failures(a), failures(b)) && (a == nil) == (b == nil)
}

// An observer sees one get_entries, and counts negative entries, whichever of the ways reads.
func TestGetManyIsObservedAsGetEntries(t *testing.T) {
	for name, newStore := range map[string]func() ctxcache.Cache[string, string]{
		"memory":               func() ctxcache.Cache[string, string] { return memory.New[string, string](nil) },
		"values":               func() ctxcache.Cache[string, string] { return newGetter() },
		"values and negatives": func() ctxcache.Cache[string, string] { return valuer{newGetter()} },
		"a hiding layer":       func() ctxcache.Cache[string, string] { return hide(valuer{newGetter()}) },
		"an observed layer":    func() ctxcache.Cache[string, string] { return watch(loud(valuer{newGetter()})) },
	} {
		o, w := observed(newStore())
		negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
		if err := errors.Join(o.Set(t.Context(), "v", "value", 0), o.SetEntry(t.Context(), "n", negative)); err != nil {
			t.Fatal(err)
		}
		seen := len(w.calls)
		values, err := ctxcache.GetMany(t.Context(), o, []string{"v", "n", "absent", "n"})
		if len(values) != 1 || values["v"] != "value" || err != nil {
			t.Errorf("%s: %v, %v", name, values, err)
		}
		call, out := w.last()
		if len(w.calls) != seen+1 || call.Op != ctxcache.OpGetEntries || call.Len() != 4 || out != (ctxcache.Outcome{Values: 1, Negatives: 1}) {
			t.Errorf("%s: %d calls, the last is a %s of %d keys: %+v", name, len(w.calls)-seen, call.Op, call.Len(), out)
		}
	}
}

// A cache that overrides GetEntries of a Forward is not bypassed.
type redacted struct {
	ctxcache.Forward[string, string]
}

func (r *redacted) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	found, err := r.Forward.GetEntries(ctx, keys)
	maps.DeleteFunc(found, func(key string, _ ctxcache.Entry[string]) bool { return key == "secret" })
	return found, err
}

func TestGetManyDoesNotBypassALayerOverForward(t *testing.T) {
	store := valuer{newGetter()}
	for name, c := range map[string]ctxcache.Cache[string, string]{
		"alone":  &redacted{ctxcache.NewForward[string, string](store, ctxcache.Description{Kind: "redacted"})},
		"within": watch(&redacted{ctxcache.NewForward[string, string](store, ctxcache.Description{Kind: "redacted"})}),
	} {
		if err := ctxcache.SetMany(t.Context(), c, map[string]string{"open": "1", "secret": "2"}, 0); err != nil {
			t.Fatal(err)
		}
		values, err := ctxcache.GetMany(t.Context(), c, []string{"open", "secret"})
		if !maps.Equal(values, map[string]string{"open": "1"}) || err != nil {
			t.Errorf("%s: %v, %v", name, values, err)
		}
	}
}

// A layer whose DecodeEntry looks at the Meta of entries gets it by GetMany, too.
func TestGetManyGivesDecodeEntryTheMetaItNeeds(t *testing.T) {
	for _, ignores := range []bool{false, true} {
		store := valuer{newGetter()}
		hooks := loudly()
		hooks.DecodeIgnoresMeta = ignores
		hooks.DecodeEntry = func(_ ctxcache.Operation, _ string, e ctxcache.Entry[string]) (ctxcache.Entry[string], error) {
			if e.TTL < time.Minute && e.TTL != ctxcache.Unknown {
				return e, ctxcache.ErrMiss
			}
			return e, nil
		}
		c := &upper{ctxcache.NewMapped[string, string, string, string](store, hooks)}
		for key, ttl := range map[string]time.Duration{"s:long": time.Hour, "s:short": time.Second} {
			if err := store.Set(t.Context(), key, "1", ttl); err != nil {
				t.Fatal(err)
			}
		}
		store.entries, store.values = 0, 0
		values, err := ctxcache.GetMany(t.Context(), c, []string{"long", "short"})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"long"}
		if ignores { // which is not true of this layer
			want = []string{"long", "short"}
		}
		if got := slices.Sorted(maps.Keys(values)); !slices.Equal(got, want) || (store.values == 1) != ignores {
			t.Errorf("DecodeIgnoresMeta %v: found %v by %d reads of values, want %v", ignores, got, store.values, want)
		}
	}
}

// An interceptor that answers instead leaves no values.
func TestGetManyHasNoValuesIfTheInterceptorAnswers(t *testing.T) {
	open := errors.New("open")
	inner := valuer{newGetter()}
	if err := inner.Set(t.Context(), "k", "v", 0); err != nil {
		t.Fatal(err)
	}
	c := &censor{after: open}
	o := ctxcache.NewIntercepted[string, string](inner, ctxcache.Description{Kind: "test"}, ctxcache.Interceptor[string, struct{}](c))
	if values, err := ctxcache.GetMany(t.Context(), &o, []string{"k"}); len(values) > 0 || err != open {
		t.Errorf("after the call: %v, %v", values, err)
	}
	c.before, c.after, inner.values = open, nil, 0
	if values, err := ctxcache.GetMany(t.Context(), &o, []string{"k"}); len(values) > 0 || err != open || inner.values > 0 {
		t.Errorf("before the call: %v, %v, and %d reads", values, err, inner.values)
	}
}

// A cache whose capabilities say that it has no calls for many keys gets single ones.
func TestGetManyAsksOneKeyAfterTheOtherWithoutCapMany(t *testing.T) {
	store := valuer{newGetter()}
	o, w := observed(newPart("single", store, everything&^ctxcache.CapMany))
	if err := o.Set(t.Context(), "k", "v", 0); err != nil {
		t.Fatal(err)
	}
	values, err := ctxcache.GetMany(t.Context(), o, []string{"k", "absent"})
	if call, _ := w.last(); len(values) != 1 || err != nil || call.Op != ctxcache.OpGetEntry || store.values+store.entries > 0 {
		t.Errorf("found %v, %v; the last call was %s", values, err, call.Op)
	}
}
