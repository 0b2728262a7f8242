package faults_test

import (
	"testing"
	"time"
)

// TestOracle shows what the oracle takes for a stale read: node 1 reads the first value of a key, after 10 seconds.
func TestOracle(t *testing.T) {
	const s = time.Second
	first := write{node: 1, began: 1 * s, ended: 2 * s, done: true, unfenced: true}
	failed := write{node: 1, began: 1 * s, ended: 2 * s, unfenced: true}
	by := func(node int, ended time.Duration) write {
		return write{node: node, began: ended - s, ended: ended, done: true}
	}
	for name, c := range map[string]struct {
		writes []write
		rules  rules
		stale  int
		oldest time.Duration
	}{
		"it is the newest":              {[]write{first}, rules{}, 0, 0},
		"within the bound":              {[]write{first, by(2, 8*s)}, rules{bound: 3 * s}, 0, 2 * s},
		"older than the bound":          {[]write{first, by(2, 6*s)}, rules{bound: 3 * s}, 1, 4 * s},
		"the oldest replacement counts": {[]write{first, by(2, 6*s), by(2, 9*s)}, rules{bound: 3 * s}, 1, 4 * s},
		"the node has replaced it":      {[]write{first, by(1, 9*s)}, rules{bound: 3 * s}, 1, 1 * s},
		"the replacement was late":      {[]write{first, by(2, 11*s)}, rules{}, 0, 0},
		"the replacement has failed":    {[]write{first, {node: 2, began: 3 * s, ended: 4 * s}}, rules{}, 0, 0},
		"the replacement may be lost":   {[]write{first, by(2, 4*s)}, rules{lossy: []span{{3 * s, 4 * s}}}, 0, 0},
		"another one may be lost":       {[]write{first, by(2, 4*s)}, rules{lossy: []span{{5 * s, 6 * s}}}, 1, 6 * s},
		"it has failed, and came late":  {[]write{failed, by(2, 4*s)}, rules{settled: 11 * s}, 0, 0},
		"it came later than it may":     {[]write{failed, by(2, 4*s)}, rules{settled: 9 * s}, 1, 6 * s},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOracle("k")
			o.keys["k"].writes = c.writes
			o.read(1, "k", 10*s, item{"k", 1})
			if v := o.judge(c.rules); v.stale != c.stale || v.oldest != c.oldest {
				t.Errorf("%d stale reads, the oldest %v, want %d, %v", v.stale, v.oldest, c.stale, c.oldest)
			}
		})
	}
}

// A value that nobody has written, or that belongs to another key, is stale whatever the rules are.
func TestOracleKnowsAllValues(t *testing.T) {
	o := newOracle("k", "l")
	if err := o.write(1, true, []string{"k"}, func([]item) error { return nil }); err != nil {
		t.Fatal(err)
	}
	o.read(1, "k", o.now(), item{"k", 1})
	if v := o.judge(rules{}); v.stale != 0 {
		t.Errorf("%d stale reads", v.stale)
	}
	o.read(1, "k", o.now(), item{"k", 2})
	o.read(1, "k", o.now(), item{"l", 0})
	if v := o.judge(rules{bound: time.Hour}); v.stale != 2 {
		t.Errorf("%d stale reads, want 2", v.stale)
	}
}
