package releases_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// sequence is what the releases are asked to do, one step after the other. Each step is about the next key and the next
// release in turn, or about the same as the step before. The choices are the same in every run.
type sequence struct {
	releases []*release // that take part: both, or one that does everything
	source   source
	has      map[string][]*release // releases that have a value of the key in the store, by the rules
	absent   map[string]bool       // the store has a negative entry of the key, by the rules

	wrong      []string         // answers
	sets       int              // values that their writer did not load
	loads      map[*release]int // by the rules
	otherShape map[*release]int // by the rules
}

func newSequence(from source, releases ...*release) *sequence {
	clear(from)
	return &sequence{
		releases: releases, source: from, has: map[string][]*release{}, absent: map[string]bool{},
		loads: map[*release]int{}, otherShape: map[*release]int{},
	}
}

const steps = 300

// run makes so many steps. Each change of the source is followed by one call of one release, which must reach the other.
func (q *sequence) run(steps int, withSets bool) {
	random := rand.New(rand.NewPCG(1, 2))
	for step := range steps {
		r, key := q.releases[random.IntN(2)%len(q.releases)], string("abc"[random.IntN(3)])
		version := step + 1
		if random.IntN(4) == 0 {
			version = 0
		}
		switch op := random.IntN(10); {
		case op == 0:
			q.source[key] = version
			q.delete(r, key)
		case op == 1:
			q.source[key] = version
			q.refresh(r, key)
		case op == 2 && withSets:
			q.source[key] = step + 1
			q.set(r, key, step+1)
		default:
			q.get(r, key)
		}
	}
}

func (q *sequence) get(r *release, key string) {
	if !q.absent[key] && !slices.Contains(q.has[key], r) {
		if len(q.has[key]) > 0 {
			q.otherShape[r]++
		}
		q.loaded(r, key)
	}
	q.answer(r, "get "+key, r.want(key))
}

func (q *sequence) refresh(r *release, key string) {
	q.has[key] = nil
	q.loaded(r, key)
	q.answer(r, "refresh "+key, r.want(key))
}

func (q *sequence) set(r *release, key string, version int) {
	q.sets++
	q.has[key], q.absent[key] = []*release{r}, false
	q.answer(r, fmt.Sprintf("set %s %d", key, version), "stored")
}

func (q *sequence) delete(r *release, key string) {
	was := len(q.has[key]) > 0
	q.has[key], q.absent[key] = nil, false
	q.answer(r, "delete "+key, fmt.Sprint("deleted ", was))
}

// loaded notes that r stores what it has loaded.
func (q *sequence) loaded(r *release, key string) {
	q.loads[r]++
	if q.absent[key] = q.source[key] == 0; q.absent[key] {
		q.has[key] = nil
		return
	}
	q.has[key] = append(q.has[key], r)
}

func (q *sequence) answer(r *release, command, want string) {
	if got := r.do(command); got != want {
		q.wrong = append(q.wrong, fmt.Sprintf("the %s release answers %s with %s, want %s", r.name, command, got, want))
	}
}

// check fails the test if an answer was wrong, or a counter.
func (q *sequence) check(t *testing.T) {
	t.Helper()
	for _, wrong := range q.wrong {
		t.Error(wrong)
	}
	for _, r := range q.releases {
		stats := r.stats()
		if uint64(r.loads) != stats.Loads || r.loads != q.loads[r] {
			t.Errorf("the %s release loaded %d times and counts %d, want %d", r.name, r.loads, stats.Loads, q.loads[r])
		}
		if got := otherShape(stats); got != uint64(q.otherShape[r]) {
			t.Errorf("the %s release counts %d values of another shape, want %d", r.name, got, q.otherShape[r])
		}
	}
}

func (q *sequence) total() (loads int) {
	for _, r := range q.releases {
		loads += r.loads
	}
	return loads
}

// otherShape returns the counter of the whole stack.
func otherShape(stats ctxcache.Stats) uint64 {
	sum := stats.OtherShape
	for _, child := range stats.Children {
		sum += otherShape(child)
	}
	return sum
}
