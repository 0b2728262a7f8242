package nearalone_test

import (
	"os"
	"testing"
	"time"
)

// all is an environment variable. If it is "full", the tests search the largest scenarios, too.
const all = "CACHED_NEARALONE"

// wanted returns the size of the largest scenarios to search.
func wanted() size {
	if os.Getenv(all) == "full" {
		return full
	}
	return short
}

// TestProtocolKeepsTheLaws searches every state that the protocol can reach.
func TestProtocolKeepsTheLaws(t *testing.T) {
	states, began := 0, time.Now()
	for _, s := range scenarios {
		if s.size > wanted() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			m := &model{scenario: s.scenario, order: rightOrder}
			r := m.search(nil)
			states += r.states
			t.Logf("%d states", r.states)
			if r.broken != 0 {
				t.Errorf("broken: %v\n%s", r.broken, r.trace)
			}
		})
	}
	t.Logf("%d states in %v", states, time.Since(began))
}

// TestEveryRuleIsNeeded searches a double of each rule, and must find a trace that breaks a law. With -v it prints the
// trace.
func TestEveryRuleIsNeeded(t *testing.T) {
	missing := make(map[rule]bool)
	for r := rule(1); r < endOfRules; r++ {
		missing[r] = true
	}
	for _, d := range doubles {
		delete(missing, d.rule)
		t.Run(d.name, func(t *testing.T) {
			m := &model{scenario: d.scenario, rule: d.rule, order: orderOf(d.rule)}
			r := m.search(nil)
			t.Logf("%d states, broken: %v\n%s", r.states, r.broken, r.trace)
			if r.broken != d.broke {
				t.Errorf("the double breaks the law %q, want %q", r.broken, d.broke)
			}
			if wanted() < full {
				return
			}
			if right := (&model{scenario: d.scenario, order: rightOrder}).search(nil); right.broken != 0 {
				t.Errorf("the protocol breaks the law %q in this scenario, too\n%s", right.broken, right.trace)
			}
		})
	}
	if len(missing) > 0 {
		t.Errorf("these rules have no double: %v", missing)
	}
}

// TestOrdersThatHoldToo checks that two other orders of a write keep the laws. Both list a key before far is asked. One of
// them strikes the key off after near's part. No code relies on them, so the short search is of one scenario.
func TestOrdersThatHoldToo(t *testing.T) {
	for _, order := range []struct {
		name   string
		phases []phase
	}{
		{"list before far", listBeforeFar},
		{"strike off last", strikeLast},
	} {
		for i, s := range scenarios {
			if s.size > short || i > 0 && wanted() < full {
				continue
			}
			t.Run(order.name+", "+s.name, func(t *testing.T) {
				if r := (&model{scenario: s.scenario, order: order.phases}).search(nil); r.broken != 0 {
					t.Errorf("broken: %v\n%s", r.broken, r.trace)
				}
			})
		}
	}
}

// TestNearWorksAlone checks that the model is not empty: what the protocol is for does happen.
func TestNearWorksAlone(t *testing.T) {
	for _, c := range []struct {
		name     string
		scenario scenario
		happens  func(w *world, p *process) bool
	}{
		{"a value that was set during an outage is read", between(oneSet, quota{}), func(w *world, p *process) bool {
			return p.down[reads] && p.near.alone && p.near.value == p.required && p.required == w.source
		}},
		{"a value that was loaded during an outage is read", between(oneLoad, quota{}), func(_ *world, p *process) bool {
			return p.down[reads] && p.near.alone && p.near.filler == 0
		}},
		{
			"a value that was loaded while far answers reads and grants no leases is read",
			between(each(oneLoad, oneLoad, oneGet), quota{}).empties().withoutGrants(),
			func(_ *world, p *process) bool {
				return p.down[leases] && !p.down[reads] && p.readable && p.near.alone && p.near.filler == 0
			},
		},
		{"a replay gives far back", between(each(oneLoad, oneDelete), quota{}), func(w *world, p *process) bool {
			return w.left.flips == 0 && !p.list.listed && p.required == 2 && w.far.has && !p.near.alone
		}},
		{"an overflow ends", between(each(oneLoad, oneDelete), quota{}).overflows(), func(w *world, p *process) bool {
			return w.left.flips == 0 && !p.list.overflow && p.required == 2 && w.far.has && !p.near.alone
		}},
		{"a value that was set during an outage stays near after it", between(oneSet, quota{}), func(w *world, p *process) bool {
			return w.left.flips == 0 && !p.outages[reads].stands && p.near.alone && !p.list.listed
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &model{scenario: c.scenario, order: rightOrder}
			r := m.search(func(w *world) bool { return c.happens(w, &w.processes[0]) || c.happens(w, &w.processes[1]) })
			t.Logf("%d states\n%s", r.states, r.trace)
			if r.trace == "" || r.broken != 0 {
				t.Error("this does not happen")
			}
		})
	}
}
