package main

import (
	"runtime"
	"testing"
)

// A default that is more than the processors of the machine would be refused.
func TestDefaultProcsFitTheMachine(t *testing.T) {
	for processors := 1; processors <= 64; processors *= 2 {
		list, largest := defaultProcs(processors)
		all, err := numbers("-procs", list, processors)
		if err != nil || all[len(all)-1] != min(2, processors) {
			t.Errorf("of %d: %q, %v", processors, list, err)
		}
		if one, err := numbers("-procs", largest, processors); err != nil || one[0] != all[len(all)-1] {
			t.Errorf("of %d: %q, %v", processors, largest, err)
		}
	}
	p, err := parse([]string{"-parts", partEntries}, t.Output())
	if err != nil || p.speed.Procs[len(p.speed.Procs)-1] != min(2, runtime.NumCPU()) {
		t.Errorf("got %+v and %v", p, err)
	}
}
