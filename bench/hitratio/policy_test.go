package hitratio_test

import (
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

func TestTinyTraces(t *testing.T) {
	for _, test := range []struct {
		policy   string
		capacity int
		keys     string // one letter an access
		hits     string // h where the access is a hit
		why      string
	}{
		{"lru", 2, "abacab", "--h-h-", "c evicts b, which was read before a; then b is not there"},
		{"fifo", 2, "abaca", "--h--", "c evicts a, which was inserted first, although a was read last"},
		{"lfu", 2, "aabcab", "-h--h-", "c evicts b, because a was read twice"},
		{"sieve", 3, "abcadbac", "---h--h-", "the hand spares a once, evicts b, then goes on to c"},
		{"2q", 4, "abcdeafa", "-------h", "a comes back as a ghost, enters Am, and stays when f evicts c"},
		{"2q", 4, "abcdaea", "----h--", "a hit in A1in does not keep a there"},
		{"2q", 4, "abcdeafghija", "-----------h", "a came back as a ghost and is in Am, so the scan of f to j evicts from A1in"},
		{"arc", 3, "aabcdea", "-h----h", "a was read twice and is in T2, so the scan of b to e evicts from T1"},
		{"arc", 2, "abacbcab", "--h--h--", "the ghost of b moves the target toward T1, so a is evicted"},
		{"arc", 2, "abacbadea", "--h-----h", "the ghost of b raises the target, the ghost of a lowers it again, so the scan of d and e spares a"},
		{"s3-fifo", 4, "abcdaebfghijb", "----h-------h", "b came back as a ghost and is in the main queue, so the scan of f to j evicts from the small one"},
		{"s3-fifo", 4, "abcdaeab", "----h-h-", "a was hit, so it moves to the main queue and b is evicted"},
		{"w-tinylfu", 3, "aaabcda", "-hh---h", "a was seen three times, so c does not replace it"},
		{"w-tinylfu", 3, "abcda", "----h", "c was seen as often as a, so it does not replace it"},
		{"w-tinylfu-climb", 3, "aaabcda", "-hh---h", "as w-tinylfu before the first sample ends"},
	} {
		t.Run(test.policy+" "+test.keys, func(t *testing.T) {
			p, err := hitratio.New(test.policy, test.capacity, 1)
			if err != nil {
				t.Fatal(err)
			}
			if got := replay(p, test.keys); got != test.hits {
				t.Errorf("%s has the hits %s, not %s: %s", test.keys, got, test.hits, test.why)
			}
		})
	}
}

// replay returns an h for each hit and a dash for each miss.
func replay(p hitratio.Policy, keys string) string {
	var hits strings.Builder
	for _, key := range keys {
		if p.Access(uint64(key)) {
			hits.WriteByte('h')
		} else {
			hits.WriteByte('-')
		}
	}
	return hits.String()
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		policy   string
		capacity int
		message  string
	}{
		{"lru", 0, "below 1"},
		{"mru", 1, "unknown"},
		{"lru:10", 1, "unknown"},
		{"opt", 1, "unknown"},
		{"fixed:0", 1, "not a percentage"},
		{"fixed:100", 1, "not a percentage"},
		{"w-tinylfu:NaN", 1, "not a percentage"},
		{"adaptive:ghost=2", 1, "there are epoch, frequency, ghosts,"},
		{"adaptive:ghosts", 1, "above 0"},
		{"adaptive:ghosts=0", 1, "above 0"},
		{"adaptive:ghosts=NaN", 1, "above 0"},
	} {
		if _, err := hitratio.New(test.policy, test.capacity, 1); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("New(%q, %d) returns the error %v, which does not contain %q", test.policy, test.capacity, err, test.message)
		}
	}
}

func TestEveryNameIsKnown(t *testing.T) {
	for _, names := range [][]string{hitratio.Names, hitratio.Classics, hitratio.FixedShares} {
		for _, name := range names {
			if err := hitratio.CheckName(name); err != nil {
				t.Error(err)
			}
		}
	}
}

// Keys are read again within 40 other keys, and never later, so each place more in the window has more hits.
func TestClimberFindsTheWindow(t *testing.T) {
	hits := make(map[string]int)
	for _, name := range []string{"w-tinylfu", "w-tinylfu-climb"} {
		p, err := hitratio.New(name, 100, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(50_000) {
			p.Access(i)
			if i >= 40 && p.Access(i-i*7%40) {
				hits[name]++
			}
		}
	}
	if hits["w-tinylfu-climb"] < 2*hits["w-tinylfu"] {
		t.Errorf("of 50,000 second accesses, the hits are %v", hits)
	}
}
