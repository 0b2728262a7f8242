package ctxcache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// part is a layer of a stack that reports fewer capabilities than its cache has, or other scopes.
type part struct {
	ctxcache.Forward[string, string]
	caps     ctxcache.Cap
	children []ctxcache.Node // in place of the cache
}

func (p *part) Supports() ctxcache.Cap { return p.caps }

func (p *part) Describe() ctxcache.Description {
	d := p.Forward.Describe()
	if p.children != nil {
		d.Children = p.children
	}
	return d
}

// newPart returns a layer named kind. It keeps the capabilities of inner that inner and keep have.
func newPart(kind string, inner ctxcache.Cache[string, string], keep ctxcache.Cap) *part {
	about := ctxcache.Description{Kind: kind}
	return &part{Forward: ctxcache.NewForward(inner, about), caps: ctxcache.Supports(inner).And(keep)}
}

// levels stands on two caches, and can do what both can.
func levels(near, far ctxcache.Cache[string, string]) *part {
	p := newPart("levels", far, ctxcache.Supports(near))
	p.children = []ctxcache.Node{ctxcache.NodeOf(near), ctxcache.NodeOf(far)}
	return p
}

// picky is memory that refuses to store any entry.
type picky struct{ base }

func (*picky) SetEntry(context.Context, string, ctxcache.Entry[string]) error {
	return errors.ErrUnsupported
}

const everything = ^ctxcache.Cap(0) &^ (3 << 30) // in every scope

// A package function says which layer refuses: the deepest one that cannot do it although all under it can.
func TestUnsupportedNamesTheLayerThatRefuses(t *testing.T) {
	ctx := t.Context()
	store := func(keep ctxcache.Cap) ctxcache.Cache[string, string] {
		return newPart("store", memory.New[string, string](nil), keep)
	}
	through := func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return newPart("layer", c, everything)
	}
	unable := everything &^ (ctxcache.CapClear | ctxcache.CapRemove | ctxcache.CapLease | ctxcache.CapWatch)
	shared := everything.In(ctxcache.ScopesPrefixed)
	whole := everything.In(ctxcache.ScopesWhole)
	for name, test := range map[string]struct {
		cache ctxcache.Cache[string, string]
		layer string
		scope string // what Clear adds
	}{
		"the store":                     {store(unable), "store", ""},
		"the store under layers":        {through(through(store(unable))), "store", ""},
		"a layer":                       {through(newPart("middle", through(store(everything)), unable)), "middle", ""},
		"the deepest layer":             {newPart("upper", through(newPart("lower", store(everything), unable)), unable), "lower", ""},
		"far":                           {through(levels(store(everything), newPart("far", store(everything), unable))), "far", ""},
		"near":                          {through(levels(newPart("near", store(everything), unable), store(everything))), "near", ""},
		"both":                          {levels(newPart("near", store(everything), unable), newPart("far", store(everything), unable)), "far", ""},
		"two levels themselves":         {newPart("levels", levels(store(everything), store(everything)), unable), "levels", ""},
		"a cache of three methods":      {newThree(), "ctxcache_test.three", ""},
		"three methods under layers":    {through(newThree()), "ctxcache_test.three", ""},
		"the scope of the store":        {through(store(shared)), "store", " in this scope"},
		"the scope of a layer":          {through(newPart("middle", store(everything), whole)), "middle", " in this scope"},
		"the scope of far":              {levels(store(everything), newPart("far", store(everything), shared)), "far", " in this scope"},
		"a scope that no layer maps to": {newPart("middle", store(shared), everything&^ctxcache.CapClear), "store", ""},
	} {
		scope := ctxcache.Scope[string]{Match: func(string) bool { return true }} // neither whole nor prefixed
		_, removed := ctxcache.Remove(ctx, test.cache, "k")
		_, _, leased := ctxcache.GetLease(ctx, test.cache, "k", 0)
		cleared := ctxcache.ClearIn(ctx, test.cache, scope)
		errs := map[string]error{"clear": cleared}
		if !ctxcache.Supports(test.cache).Has(ctxcache.CapRemove) {
			errs["remove"], errs["get_lease"] = removed, leased
		}
		for op, err := range errs {
			want := test.layer + " " + op + ": unsupported operation"
			if op == "clear" {
				want += test.scope
			}
			if !errors.Is(err, errors.ErrUnsupported) || err.Error() != want {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
		}
	}
}

// GetStats and StatsOf name the layer without counters, and the counters of a stack need none from a layer within.
func TestUnsupportedNamesTheLayerWithoutCounters(t *testing.T) {
	ctx := t.Context()
	silent := newPart("silent", memory.New[string, string](nil), everything&^ctxcache.CapStats)
	for want, c := range map[string]ctxcache.Cache[string, string]{
		"silent":              newPart("layer", silent, everything),
		"ctxcache_test.three": newPart("layer", newThree(), everything),
		"layer":               newPart("layer", memory.New[string, string](nil), everything&^ctxcache.CapStats),
	} {
		_, got := ctxcache.GetStats(ctx, c)
		_, ofNode := ctxcache.StatsOf(ctx, ctxcache.NodeOf(c))
		for _, err := range []error{got, ofNode} {
			if !errors.Is(err, errors.ErrUnsupported) || err.Error() != want+" stats: unsupported operation" {
				t.Errorf("got %v, want the layer %s", err, want)
			}
		}
	}
	_, relayed := ctxcache.GetStats(ctx, newThree())
	opaque := ctxcache.NodeOf(ctxcache.Cache[string, string](newThree()))
	for name, node := range map[string]ctxcache.Node{
		"a child that asks another": &counting{stats: ctxcache.Stats{Name: "top"}, children: []ctxcache.Node{&counting{err: relayed}}},
		"a silent child":            &counting{stats: ctxcache.Stats{Name: "top"}, children: []ctxcache.Node{silent}},
		"a silent opaque":           &counting{stats: ctxcache.Stats{Name: "top"}, children: []ctxcache.Node{opaque}},
		"a refusing child":          &counting{stats: ctxcache.Stats{Name: "top"}, children: []ctxcache.Node{&counting{err: errors.ErrUnsupported}}},
	} {
		if stats, err := ctxcache.StatsOf(ctx, node); err != nil || stats.Name != "top" || len(stats.Children) > 0 {
			t.Errorf("%s: %+v, %v", name, stats, err)
		}
	}
	failure := errors.Join(relayed, errors.New("down"))
	failing := &counting{stats: ctxcache.Stats{Name: "top"}, children: []ctxcache.Node{&counting{err: failure}}}
	if _, err := ctxcache.StatsOf(ctx, failing); err != failure {
		t.Errorf("a child that fails for another reason, too: %v", err)
	}
	refusing := &counting{stats: ctxcache.Stats{Name: "refusing"}, err: errors.ErrUnsupported}
	if _, err := ctxcache.StatsOf(ctx, refusing); err == nil || err.Error() != "refusing stats: unsupported operation" {
		t.Errorf("a node that refuses: %v", err)
	}
}

// Every package function names its operation.
func TestUnsupportedNamesTheOperation(t *testing.T) {
	ctx, c := t.Context(), newThree()
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	negatives := map[string]ctxcache.Entry[string]{"k": negative}
	leases := map[string]ctxcache.Lease{}
	_, removed := ctxcache.Remove(ctx, c, "k")
	_, _, leased := ctxcache.GetLease(ctx, c, "k", 0)
	_, _, leasedMany := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
	_, length := ctxcache.Len(ctx, c)
	_, counted := ctxcache.GetStats(ctx, c)
	watched := ctxcache.Watch(ctx, c, func(ctxcache.Event) {})
	var listed error
	for _, err := range ctxcache.Keys(ctx, c) {
		listed = err
	}
	for want, err := range map[string]error{
		"remove": removed, "get_lease": leased, "get_leases": leasedMany, "len": length, "watch": watched, "keys": listed,
		"stats":        counted,
		"fill":         ctxcache.Fill(ctx, c, "k", ctxcache.Lease{}, negative),
		"fill_many":    ctxcache.FillMany(ctx, c, negatives, leases),
		"release":      ctxcache.Release(ctx, c, "k", ctxcache.Lease{}),
		"release_many": ctxcache.ReleaseMany(ctx, c, leases),
		"drop":         ctxcache.Drop(ctx, c, "k", ctxcache.Lease{}),
		"clear":        ctxcache.Clear(ctx, c),
		"set_entry":    ctxcache.SetEntry(ctx, c, "k", negative),
		"set_entries":  ctxcache.SetEntries(ctx, c, negatives),
	} {
		text := "ctxcache_test.three " + want + ": unsupported operation"
		if want == "set_entry" || want == "set_entries" {
			text += " for a negative entry"
		}
		if !errors.Is(err, errors.ErrUnsupported) || err.Error() != text {
			t.Errorf("got %v, want %s", err, text)
		}
	}
	filling := newPart("store", memory.New[string, string](nil), everything&^ctxcache.CapNegative)
	err := ctxcache.Fill(ctx, filling, "k", ctxcache.Lease{}, negative)
	if want := "store fill: unsupported operation for a negative entry"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	// A store may refuse more than its capabilities say, such as an entry with two lives.
	twoLives := ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Hour, CopyTTL: time.Minute}}
	err = ctxcache.SetEntry(ctx, newPart("layer", &picky{over(newStrings())}, everything), "k", twoLives)
	if err == nil || err.Error() != "memory set_entry: unsupported operation" {
		t.Errorf("a store that refuses an entry: %v", err)
	}
}

// A call that succeeds pays nothing for the names.
func TestPackageFunctionsThatSucceedDoNotAllocate(t *testing.T) {
	ctx, c := t.Context(), memory.New[string, string](nil)
	layer := newPart("layer", c, everything)
	for name, call := range map[string]func(){
		"Remove": func() { _, _ = ctxcache.Remove(ctx, layer, "k") },
		"Len":    func() { _, _ = ctxcache.Len(ctx, layer) },
		"Clear":  func() { _ = ctxcache.Clear(ctx, layer) },
	} {
		bare := map[string]func(){
			"Remove": func() { _, _ = layer.Remove(ctx, "k") },
			"Len":    func() { _, _ = layer.Len(ctx, ctxcache.Scope[string]{}) },
			"Clear":  func() { _ = layer.Clear(ctx, ctxcache.Scope[string]{}) },
		}[name]
		if got, want := testing.AllocsPerRun(100, call), testing.AllocsPerRun(100, bare); got != want {
			t.Errorf("%s: %v allocations, and the method %v", name, got, want)
		}
	}
}
