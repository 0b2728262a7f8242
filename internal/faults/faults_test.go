package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	var table strings.Builder
	fmt.Fprintln(&table, head)
	for _, r := range rows() {
		if !full() && !r.short {
			continue
		}
		t.Run(r.topology+"/"+r.fault, func(t *testing.T) {
			got := r.run(t)
			for again := 0; r.planted && !got.found() && again < 4; again++ { // a slow machine reads and writes little
				got = r.run(t)
			}
			fmt.Fprintln(&table, got)
			got.check(t)
		})
	}
	t.Logf("\n%s", &table)
}

// The columns: the requests, the slowest of them, the time from the end of the fault until all nodes worked as before, the
// bound, the oldest value that was read (allowed or not), the stale reads, the samples of the auditor, the mismatches that it
// has found, and how many goroutines and connections are left.
const head = "topology     fault                         near      requests  answered  failed  slowest  recovery   bound   oldest" +
	"  stale  audited  found  left"

func (r result) String() string {
	at := func(d time.Duration) string { return d.Round(time.Millisecond).String() }
	near := "NearTTL"
	if r.stack.options.Coherent {
		near = "coherent"
	}
	return fmt.Sprintf("%-12s %-28s  %-8s %9d %9d %7d %8s %9s %7s %8s %6d %8d %6d  %d+%d", r.topology, r.fault, near,
		r.reads.sent.Load()+r.writes.sent.Load(), r.reads.answered.Load()+r.writes.answered.Load(),
		r.reads.failed.Load()+r.writes.failed.Load(),
		at(time.Duration(max(r.reads.slowest.Load(), r.writes.slowest.Load()))),
		at(r.recovered), at(r.bound), at(r.verdict.oldest), r.verdict.stale, r.audits.Sampled, r.audits.Mismatches,
		r.left.goroutines, r.left.connections)
}

// found reports whether the oracle or the auditor has found a value that is too old.
func (r result) found() bool { return r.verdict.stale > 0 || r.audits.Mismatches > 0 }

// check fails the test if the row has violated a law, or if a planted fault was not found.
func (r result) check(t *testing.T) {
	t.Helper()
	t.Log(r.audits)
	if r.left != (leak{}) {
		t.Errorf("the row leaves %d goroutines and %d connections\n%s", r.left.goroutines, r.left.connections, r.left.stacks)
	}
	for _, broken := range r.broken {
		t.Error(broken)
	}
	if r.audits.Same == 0 {
		t.Error("the auditor has compared nothing")
	}
	switch found := r.found(); {
	case r.planted && !found:
		t.Error("neither the oracle nor the auditor has found the planted fault")
	case !r.planted && found:
		t.Errorf("%d stale reads (allowed: %v), %d mismatches\n%s", r.verdict.stale, r.allowed, r.audits.Mismatches,
			strings.Join(r.verdict.first, "\n"))
	}
}
