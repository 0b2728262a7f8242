package releases_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestReleasesChangeDuringALoad checks that a load which began before the other release's Set, Delete or Refresh stores
// nothing after it, whatever the store had at first, and that a read of the other release does no harm.
func TestReleasesChangeDuringALoad(t *testing.T) {
	// The loading release is a, the other one is b.
	states := []struct {
		name  string
		aHits bool // a does not load to get
		makes func(a, b *release)
	}{
		{"nothing", false, func(_, _ *release) {}},
		{"a value of the other's", false, func(_, b *release) { b.wants("set k 1", "stored") }},
		{"a value of its own", true, func(a, _ *release) { a.wants("set k 1", "stored") }},
		{"values of both", true, func(a, b *release) { a.wants("set k 1", "stored"); b.gets("k") }},
		{"values of both, its own last", true, func(a, b *release) { b.wants("set k 1", "stored"); a.gets("k") }},
		{"a negative entry", true, func(a, b *release) { a.source["k"] = 0; b.gets("k") }},
	}
	eachStore(t, func(t *testing.T, s site) {
		before, after := s.both(changes[0], "")
		for _, pair := range [][2]*release{{before, after}, {after, before}} {
			a, b := pair[0], pair[1]
			for _, state := range states {
				for _, load := range []string{"get k", "refresh k"} {
					for _, change := range []string{"set k 3", "delete k", "refresh k", "get k"} {
						if load == "get k" && state.aHits {
							continue
						}
						before.do("delete k")
						s.source["k"] = 1
						state.makes(a, b)
						s.source["k"] = 2
						what := fmt.Sprintf("%s: %s of the %s release, and %s of the other", state.name, load, a.name, change)
						during(t, what, a, b, load, change)
					}
				}
			}
		}
	})
}

// during makes a load of a, during which b changes the source and does change. Afterwards both must have what the source
// has. If b only reads, it may keep an older value, but not after a refresh.
func during(t *testing.T, what string, a, b *release, load, change string) {
	t.Helper()
	if got := a.send(load); got != "load k" {
		t.Fatalf("%s: the answer is %s, want a load", what, got)
	}
	loaded := a.source["k"]
	if change != "get k" {
		a.source["k"] = 3
	}
	b.do(change)
	if got := a.send(fmt.Sprint(loaded)); got != a.valueOf(loaded) {
		t.Errorf("%s: the load answers with %s, want what it has loaded", what, got)
	}
	for _, r := range []*release{a, b, a, b} {
		allowed := []string{r.want("k")}
		if r == b && change == "get k" && load == "get k" {
			allowed = append(allowed, r.valueOf(1))
		}
		if got := r.do("get k"); !slices.Contains(allowed, got) {
			t.Errorf("%s: afterwards the %s release has %s, want %s", what, r.name, got, r.want("k"))
		}
	}
}
