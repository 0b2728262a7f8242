package faults_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/auditor"
	"github.com/ctxcache/cached/internal/redistest"
)

// servers are the servers of a topology.
type servers interface {
	// open opens a cache with a client of its own. The result closes both.
	open(t *testing.T, through links) (c bytesCache, end func() error)

	// addrs returns the addresses of all servers.
	addrs() []string

	// connections returns how many connections the nodes have to all servers that run.
	connections(t *testing.T) int
}

// row is one topology with one fault.
type row struct {
	topology, fault string
	short           bool // a plain run has it

	start   func(t *testing.T) servers
	stack   stack
	bound   time.Duration // how old a value may be that a node reads; in an outage it may be as old as nearTTL
	forgets bool          // see auditor.Options
	linked  bool          // the nodes reach the servers through proxies
	planted bool          // the fault is in the stack, and must be found

	fails func(s *scene)
	heals func(s *scene) // nil if the fault ends by itself
}

// scene is a row under way.
type scene struct {
	row
	t       *testing.T
	servers servers
	oracle  *oracle
	links   []links // of each node
	nodes   []*node
	failing atomic.Bool  // writes may fail
	undo    func()       // ends the fault, if the row has set it
	lossy   []span       // see rules
	outages atomic.Int64 // calls of far that failed
}

const nodeCount = 3

// times are the lengths of the parts of a row. Slack is how long the auditor waits on top of the bound, so that it never
// finds what was only slow.
type times struct{ before, fault, after, slack time.Duration }

func timesOfRow() times {
	if full() {
		return times{before: time.Second, fault: 1500 * time.Millisecond, after: time.Second, slack: time.Second}
	}
	const third = 300 * time.Millisecond
	return times{before: third, fault: 2 * third, after: third, slack: 500 * time.Millisecond}
}

// result is what a row prints.
type result struct {
	row
	reads, writes *requests
	recovered     time.Duration // from the end of the fault until all nodes worked as before
	allowed       time.Duration // the bound, and for how long the process stood still
	verdict       verdict
	audits        auditor.Report // the sum of all nodes
	broken        []string
	left          leak
}

// run runs a row.
func (r row) run(t *testing.T) result {
	s := &scene{row: r, t: t, servers: r.start(t), oracle: newOracle(allKeys()...)}
	for range nodeCount {
		var l links
		if r.linked {
			l = newLinks(t, s.servers.addrs())
		}
		s.links = append(s.links, l)
	}
	before, connected := runtime.NumGoroutine(), s.servers.connections(t)
	sourceBytes, closeSource := s.servers.open(t, nil)
	source := encoded(sourceBytes)
	for id := range nodeCount {
		far, closeFar := s.servers.open(t, s.links[id])
		s.nodes = append(s.nodes, s.openNode(id, far, closeFar, source, r.bound))
	}
	s.await("the nodes work", s.allWork)

	stood := watchStalls()
	l, pause := s.startLoad(), timesOfRow()
	s.wait(pause.before)
	s.failing.Store(true)
	r.fails(s)
	s.wait(pause.fault)
	if r.heals != nil {
		r.heals(s)
	}
	healed := time.Now()
	s.await("the nodes work as before the fault", s.allWork)
	recovered := time.Since(healed)
	if r.heals != nil {
		s.wait(clientTimeout) // then the nodes delete once more what may have landed late
	}
	settled := s.oracle.now() + r.bound
	s.failing.Store(false)
	s.wait(pause.after)
	l.endWrites()
	s.wait(r.bound + pause.slack + 4*auditDelay) // whatever is old now, the auditor can see
	l.end()

	if s.outages.Load() > 0 { // a slow machine makes some, too
		r.bound = max(r.bound, nearTTL)
	}
	rules := rules{bound: r.bound + 2*stood.end() + 50*time.Millisecond, lossy: s.lossy, settled: settled}
	out := result{row: r, reads: &l.reads, writes: &l.writes, recovered: recovered, allowed: rules.bound, broken: l.broken}
	for _, n := range s.nodes {
		out.audits = sum(out.audits, n.audit.Report())
		n.end(t)
	}
	out.verdict = s.oracle.judge(rules)
	must(t, closeSource())
	out.left = s.leaks(before, connected)
	return out
}

// loses does a step of a fault that may lose writes which have succeeded: those of the second before it, which a replica
// may not have got, and those that a master takes which is not the master any more.
func (s *scene) loses(step func()) {
	from := s.oracle.now() - time.Second
	step()
	s.lossy = append(s.lossy, span{from, s.oracle.now()})
}

// eachLink calls do for the links of each node.
func (s *scene) eachLink(do func(links)) {
	for _, l := range s.links {
		do(l)
	}
}

// wait lets the callers run for d.
func (s *scene) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.t.Context().Done():
	}
}

// allWork reports whether all nodes work as before any fault.
func (s *scene) allWork(ctx context.Context) bool {
	for _, n := range s.nodes {
		if !n.works(ctx) {
			return false
		}
	}
	return true
}

// await waits until done returns true. It polls, because neither a server nor a node announces that it works again.
func (s *scene) await(what string, done func(ctx context.Context) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), redistest.Patience)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !done(ctx) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			s.t.Fatalf("waited for %v until %s", redistest.Patience, what)
		}
	}
}

// sum adds up the counts of two audits.
func sum(a, b auditor.Report) auditor.Report {
	a.Sampled += b.Sampled
	a.Dropped += b.Dropped
	a.Same += b.Same
	a.Late += b.Late
	a.Gone += b.Gone
	a.Failed += b.Failed
	a.Unclear += b.Unclear
	a.Mismatches += b.Mismatches
	a.Oldest = max(a.Oldest, b.Oldest)
	for i, n := range b.Ages {
		a.Ages[i] += n
	}
	return a
}
