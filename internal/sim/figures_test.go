package sim_test

import (
	"fmt"
	"time"
)

// figures count what happened in runs.
type figures struct {
	seeds, operations, reads, loads int
	messages, drops, doubles, gaps  int
	outages, restarts, violations   int
	virtual                         time.Duration
}

func (f *figures) add(more figures) {
	f.seeds += more.seeds
	f.operations += more.operations
	f.reads += more.reads
	f.loads += more.loads
	f.messages += more.messages
	f.drops += more.drops
	f.doubles += more.doubles
	f.gaps += more.gaps
	f.outages += more.outages
	f.restarts += more.restarts
	f.violations += more.violations
	f.virtual += more.virtual
}

func (f figures) String() string {
	return fmt.Sprintf("%d seeds, %d operations, %d reads checked, %d loads; %d messages, %d drops, %d doubles, %d gaps; "+
		"%d outages, %d restarts; %v of virtual time; %d violations",
		f.seeds, f.operations, f.reads, f.loads, f.messages, f.drops, f.doubles, f.gaps,
		f.outages, f.restarts, f.virtual.Round(time.Second), f.violations)
}
