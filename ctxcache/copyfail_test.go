package ctxcache_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

var errDown = errors.New("server down")

// Entries that dst refuses do not stop the copy, however many they are.
func TestCopyGoesOnIfDstRefusesEntries(t *testing.T) {
	newDst := func() *memory.Cache[string, string] {
		return memory.New(&memory.Options[string, string]{
			MaxCost: 1 << 20, Shards: 1, Cost: func(_, value string) int64 { return int64(len(value)) },
		})
	}
	for name, dst := range map[string]stringCache{"leases": newDst(), "no leases": &withoutLeases{over(newDst())}} {
		t.Run(name, func(t *testing.T) {
			src := newStrings()
			storeAll(t, src, 400)
			large := strings.Repeat("x", 2<<20)
			for key, err := range ctxcache.KeysIn(t.Context(), src, ctxcache.Scope[string]{Match: func(key string) bool {
				return key >= "key100" && key < "key350"
			}}) {
				if err != nil {
					t.Fatal(err)
				}
				if err := src.Set(t.Context(), key, large, time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			counts, err := ctxcache.Copy(t.Context(), dst, src, nil)
			if counts != (ctxcache.CopyCounts{Copied: 150, Failed: 250}) {
				t.Errorf("%+v", counts)
			}
			many, ok := err.(*ctxcache.ManyError[string])
			if !ok || len(many.Failed) != 250 || !errors.Is(many.Failed["key200"], memory.ErrTooLarge) {
				t.Errorf("the error is %v", err)
			}
			has(t, dst, "key399", "old")
			if name == "leases" {
				noLeases(t, dst, 400)
			}
		})
	}
}

// An entry that is corrupt in src is named, and one that is corrupt in dst is replaced.
func TestCopyOfCorruptEntries(t *testing.T) {
	ctx := t.Context()
	for name, hidden := range map[string]ctxcache.Cap{
		"leases": 0, "no leases": ctxcache.CapLease | ctxcache.CapLeaseShared,
	} {
		t.Run(name, func(t *testing.T) {
			innerDst, innerSrc := newStrings(), newStrings()
			src, dst := shouting(innerSrc, 0), shouting(innerDst, hidden)
			storeAll(t, src, 3)
			for _, c := range []struct {
				stringCache
				key string
			}{{innerSrc, "key000!"}, {innerDst, "key001!"}} {
				if err := c.Set(ctx, c.key, "not shouted", time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			counts, err := ctxcache.Copy(ctx, dst, src, nil)
			if counts != (ctxcache.CopyCounts{Copied: 2, Failed: 1}) || !errors.Is(ctxcache.KeyError(err, "key000"), ctxcache.ErrCorrupt) {
				t.Errorf("%+v, %v", counts, err)
			}
			has(t, dst, "key001", "old")
		})
	}
}

// shouting returns a cache whose keys and values end in ! in inner. It lacks the hidden capabilities.
func shouting(inner stringCache, hidden ctxcache.Cap) stringCache {
	m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "shouting"},
		Key:    func(key string) (string, error) { return key + "!", nil },
		Unkey:  func(key string) (string, bool) { return strings.CutSuffix(key, "!") },
		Encode: func(_, v string) (string, error) { return v + "!", nil },
		Decode: func(_, v string) (string, error) {
			v, ok := strings.CutSuffix(v, "!")
			if !ok {
				return "", ctxcache.ErrCorrupt
			}
			return v, nil
		},
	})
	return &hiding{&m, hidden}
}

type hiding struct {
	*ctxcache.Mapped[string, string, string, string]
	hidden ctxcache.Cap
}

func (h *hiding) Supports() ctxcache.Cap { return h.Mapped.Supports() &^ h.hidden }

// A cache that is down stops the copy. What was copied before that is counted.
func TestCopyStopsIfACacheIsDown(t *testing.T) {
	for _, test := range []struct {
		name   string
		ofSrc  bool
		target ctxcache.Operation
		hidden bool // whether dst grants no leases
	}{
		{"src cannot be read", true, ctxcache.OpGetEntries, false},
		{"src cannot be read, without leases", true, ctxcache.OpGetEntries, true},
		{"dst grants nothing", false, ctxcache.OpGetLeases, false},
		{"dst cannot be filled", false, ctxcache.OpFillMany, false},
		{"dst cannot be read", false, ctxcache.OpGetEntries, true},
		{"dst cannot be written", false, ctxcache.OpSetEntries, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, target := newStrings(), newStrings()
			storeAll(t, store, 500)
			src, srcFaults := cachetest.Failing(stringCache(store))
			inner := stringCache(target)
			if test.hidden {
				inner = &withoutLeases{over(target)}
			}
			dst, faults := cachetest.Failing(inner)
			if test.ofSrc {
				faults = srcFaults
			}
			seen := 0
			counts, err := ctxcache.Copy(t.Context(), dst, src, &ctxcache.CopyOptions{Progress: func(ctxcache.CopyCounts) {
				if seen++; seen == 2 {
					faults.Fail(errDown, cachetest.On(test.target))
				}
			}})
			if counts != (ctxcache.CopyCounts{Copied: 200, Failed: 100}) || !errors.Is(err, errDown) {
				t.Errorf("%+v, %v", counts, err)
			}
			if many, complete := err.(*ctxcache.ManyError[string]); complete {
				t.Errorf("it looks like a copy that came to its end: %v", many)
			}
			if !strings.HasPrefix(err.Error(), "copy stopped: 100 keys failed: failing ") {
				t.Errorf("the error is %q", err)
			}
			faults.Heal()
			noLeases(t, target, 500)
			copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 300, Present: 200}) // the rest
		})
	}
}

// Keys that fail here and there do not stop the copy.
func TestCopyGoesOnIfSomeKeysFail(t *testing.T) {
	failsAt := func(op ctxcache.Operation) cachetest.Hook[string] {
		return cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
			if call.Operation == op && call.Keys[0][5] != '7' {
				return ctxcache.FailEach(call.Keys, errDown)
			}
			return nil
		}}
	}
	for _, test := range []struct{ ofSrc, ofDst ctxcache.Operation }{
		{ofSrc: ctxcache.OpGetEntries}, {ofDst: ctxcache.OpGetLeases}, {ofDst: ctxcache.OpFillMany},
	} {
		store, target := newStrings(), newStrings()
		storeAll(t, store, 400)
		src, dst := cachetest.Hooked(stringCache(store), failsAt(test.ofSrc)), cachetest.Hooked(stringCache(target), failsAt(test.ofDst))
		counts, err := ctxcache.Copy(t.Context(), dst, src, &ctxcache.CopyOptions{Batch: 1})
		many, complete := err.(*ctxcache.ManyError[string])
		if counts != (ctxcache.CopyCounts{Copied: 40, Failed: 360}) || !complete || many.Failed["key000"] == nil {
			t.Errorf("%+v: %+v, %v", test, counts, err)
		}
		noLeases(t, target, 400)
	}
}

// An error about a cache, and not about keys, stops the copy at once.
func TestCopyStopsAtAnErrorAboutTheCache(t *testing.T) {
	ctx, src, dst := t.Context(), newStrings(), newStrings()
	storeAll(t, src, 200)
	seen := 0
	counts, err := ctxcache.Copy(ctx, dst, src, &ctxcache.CopyOptions{Progress: func(ctxcache.CopyCounts) {
		if seen++; seen == 1 {
			if err := dst.Close(); err != nil {
				t.Error(err)
			}
		}
	}})
	if counts != (ctxcache.CopyCounts{Copied: 100}) || !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("dst closed: %+v, %v", counts, err)
	}
	failing := &listFails{over(src)}
	counts, err = ctxcache.Copy(ctx, newStrings(), failing, nil)
	if counts != (ctxcache.CopyCounts{Copied: 100}) || !errors.Is(err, errDown) {
		t.Errorf("the list fails: %+v, %v", counts, err)
	}
	counts, err = ctxcache.Copy(ctx, newStrings(), newThree(), nil)
	if counts != (ctxcache.CopyCounts{}) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("there is no list: %+v, %v", counts, err)
	}
	invalid := ctxcache.Invalid[string, string](ctxcache.Description{Kind: "k"}, ctxcache.ErrOptions)
	for _, pair := range [][2]stringCache{{invalid, src}, {newStrings(), invalid}} {
		counts, err = ctxcache.Copy(ctx, pair[0], pair[1], nil)
		if counts != (ctxcache.CopyCounts{}) || !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("invalid options: %+v, %v", counts, err)
		}
	}
}

// listFails is a memory cache whose list breaks off.
type listFails struct{ base }

func (c *listFails) Keys(ctx context.Context, scope ctxcache.Scope[string]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		n := 0
		for key, err := range c.base.Keys(ctx, scope) {
			if n++; n > 150 {
				yield("", errDown)
				return
			}
			if !yield(key, err) {
				return
			}
		}
	}
}

// While far is down, a resilient dst would keep the copies to itself, and only for a while. They are not copied.
func TestCopyToTwoLevelsWithFarDown(t *testing.T) {
	src := newStrings()
	storeAll(t, src, 10)
	far, faults := cachetest.Failing(stringCache(newStrings()))
	dst := twolevel.New(newStrings(), far, &twolevel.Options{Resilient: true})
	defer dst.Close()
	faults.Fail(errDown, cachetest.On())
	counts, err := ctxcache.Copy(t.Context(), dst, src, nil)
	if counts != (ctxcache.CopyCounts{Failed: 10}) || !errors.Is(ctxcache.KeyError(err, "key000"), ctxcache.ErrUnavailable) {
		t.Errorf("%+v, %v", counts, err)
	}
	has(t, dst, "key000", "")
}

// If src panics, the leases are given back.
func TestCopyGivesLeasesBackIfSrcPanics(t *testing.T) {
	store, dst := newStrings(), newStrings()
	storeAll(t, store, 3)
	src := during(store, func(context.Context) error { panic("broken") }, nil)
	func() {
		defer func() {
			if recover() != "broken" {
				t.Error("the panic is lost")
			}
		}()
		_, _ = ctxcache.Copy(t.Context(), dst, src, nil) // it panics
	}()
	noLeases(t, dst, 3)
}
