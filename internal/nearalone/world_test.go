package nearalone_test

// A version numbers the values of the source. A later write has a higher version. 0 means no value.
type version = uint8

// world is a state of the model. It is comparable, and copied by assignment.
type world struct {
	source    version // the source's value; a write changes the source before it begins
	far       far
	confirmed version // far has confirmed that nothing older than this may be read from it
	processes [2]process
	left      events
	broken    law // the law that the last step broke; 0 if none
}

// events are the events that may still happen.
type events struct {
	flips    uint8 // outages that begin or end
	lost     uint8 // answers of far that are lost
	expiries uint8 // copies in near, or values in far, that expire or are evicted
	passes   uint8 // times that OutageTTL passes
}

// far is the cache that the processes share.
type far struct {
	has   bool
	value version
	lease uint8 // the worker that has the lease, as farID returns it; 0 if none has

	// These have a bit for each process whose list has overflowed since the value was stored or the lease granted.
	oldValue, oldLease uint8
}

// process is a process with its near cache.
type process struct {
	near     near
	list     list
	down     [classes]bool   // far cannot be reached, for each class
	outages  [classes]outage // what the process knows of that
	readable bool            // far has answered the last read, although it grants no leases
	seen     version         // a read of far has returned this version; only if far fails to grant leases
	required version         // a write of this version has returned, so nothing older may be read here
	late     version         // the value of a Set whose outcome is unknown, and that may still land in far
	stream   stream
	replay   replay
	quota    quota
	workers  [2]worker
}

// near is the near cache of a process.
type near struct {
	has    bool
	value  version
	alone  bool  // the copy entered near without far
	short  bool  // the copy lives for OutageTTL at most
	filler uint8 // the worker that has filled near and not returned; 0 if it has returned
	lease  uint8 // the worker that has near's lease; 0 if none has
}

// list is a process's list of missed keys: its entry for the key.
type list struct {
	listed   bool
	overflow bool    // the list has overflowed
	owed     version // what far will have confirmed once the key is deleted there
	value    version // the value of the write; only a double uses it
}

// class is a class of calls of far. Each has its own health if the scenario says so.
type class = uint8

const (
	reads class = iota
	writes
	leases // grants
	classes
)

// outage is an outage as a process knows it: it begins with a call that fails and ends with one that succeeds.
type outage struct {
	stands bool
	floor  version // what far had confirmed when the outage began
}

// stream is the stream of far's changes that a coherent near follows.
type stream struct {
	connected bool
	following bool // near has followed all events since it was last flushed
	pending   bool // an event is under way
}

// replay is the state of a process's replayer.
type replay struct {
	deleted bool // far has deleted the key, and the key is not struck off yet
	mine    bool // the entry is the one that the replayer has seen
	settled bool // no write could land late when far deleted the key
}

// quota is how many operations a process may still begin.
type quota struct{ gets, loads, sets, deletes uint8 }

// operation is an operation that a worker does.
type operation uint8

const (
	idle operation = iota
	get
	load
	set
	remove
)

// worker is a goroutine of a process.
type worker struct {
	op      operation
	step    uint8   // how far the operation has come
	value   version // the value it read, loads or writes
	begun   version // what the process required when the operation began, or when far took its fill
	owes    version // what the process requires once the write has returned
	answer  answer
	mine    bool // the entry on the list is the one that this worker has listed or seen
	settled bool // no write could land late when far deleted the key
	alone   bool // the lease is local: it was granted in an outage
	stands  bool // that outage still stands
	class   class
	missed  bool // a write of this process failed in far since the load began
	believe bool // what far has may be believed
}

// answer is what became of a call of far.
type answer uint8

const (
	none     answer = iota
	answered        // far did it, and the process knows it
	failed          // far did nothing
	lost            // far did it, and the process does not know it
)

// farID returns the number of a worker among all workers. nearID does the same in its process.
func farID(p, i int) uint8 { return uint8(1 + 2*p + i) }
func nearID(i int) uint8   { return uint8(1 + i) }

// put stores a value in far, or deletes the key if v is 0. It ends the lease, and sends an event to each process.
func (w *world) put(v version) {
	w.far = far{has: v != 0, value: v}
	for i := range w.processes {
		if s := &w.processes[i].stream; s.connected {
			s.pending = true
		}
	}
}

// drop removes near's copy, and ends near's lease.
func (n *near) drop() { *n = near{} }

// fill stores a copy, and ends near's lease.
func (n *near) fill(v version) { *n = near{has: true, value: v} }

// end ends near's lease if worker i has it.
func (n *near) end(i int) {
	if n.lease == nearID(i) {
		n.lease = 0
	}
}

// doubtful reports whether the key is listed.
func (l *list) doubtful() bool { return l.listed || l.overflow }

// believed reports whether the process reads its near cache.
func (p *process) believed(coherent bool) bool {
	return !coherent || p.stream.following || p.outages[reads].stands || p.outages[writes].stands
}
