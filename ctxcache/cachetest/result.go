package cachetest

import (
	"fmt"
	"path"
	"strings"
	"sync"
)

// Result is what [Run] found out, apart from the failures of the test.
type Result struct {
	Ran      int        // how many cases ran
	Unproved []Unproved // the cases that could not see whether the cache keeps their rule
}

// Unproved is a case that applies to the capabilities of a cache, but cannot see whether the cache keeps the rule.
type Unproved struct {
	Case, Rule string
	Because    string // the reason, such as the option that is missing
}

// result collects a Result. Its methods may be called concurrently.
type result struct {
	mu sync.Mutex
	Result
}

func (r *result) ran() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Ran++
}

func (r *result) unproved(c Case, because string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Unproved = append(r.Unproved, Unproved{c.Name, c.Rule, because})
}

// list returns one line for each rule that was not proved.
func (r Result) list() string {
	type line struct{ rule, because string }
	var order []line
	names := make(map[line][]string)
	for _, u := range r.Unproved {
		l := line{u.Rule, u.Because}
		if names[l] == nil {
			order = append(order, l)
		}
		names[l] = append(names[l], u.Case)
	}
	var text strings.Builder
	for _, l := range order {
		fmt.Fprintf(&text, "\n\tUNPROVED: %s: %s (%s)", strings.Join(folded(names[l]), ", "), l.rule, l.because)
	}
	return text.String()
}

// folded returns one name for all cases of a folder: "TTL/Ends/*".
func folded(names []string) []string {
	var all []string
	for i, name := range names {
		if folder := path.Dir(name); i > 0 && path.Dir(names[i-1]) == folder {
			all[len(all)-1] = folder + "/*"
		} else {
			all = append(all, name)
		}
	}
	return all
}
