package nearalone_test

// scenario is what may happen in a search.
type scenario struct {
	quotas   [2]quota // of each process
	workers  [2]uint8 // of each process
	events   events
	apart    bool // reads and writes fail apart
	grants   bool // reads and grants of leases fail apart
	late     bool // a Set that fails may land later
	overflow bool // the list has room for no key
	coherent bool // near follows far's changes
	empty    bool // far has no value at first
	release  bool // loads by far's lease store nothing, and release it
}

// model is the protocol, with at most one rule broken, in a scenario.
type model struct {
	scenario
	rule  rule              // the broken rule; 0 if none is
	order []phase           // the phases of a write
	emit  func(step, world) // gets each step from a world, and the world after it
}

// step is a step of the model. Strings are constants, so that steps cost no memory.
type step struct {
	process, worker int // -1 if it is not a worker's, or not a process's
	what            string
	answer          answer
	version         version
}

// begins returns the world at the start: far has the source's value.
func (m *model) begins() world {
	w := world{source: 1, left: m.events}
	w.confirmed = 1
	if !m.empty {
		w.far = far{has: true, value: 1}
	}
	for p := range w.processes {
		process := &w.processes[p]
		process.quota = m.quotas[p]
		process.required = 1
		process.stream = stream{connected: m.coherent, following: m.coherent}
	}
	return w
}

// steps emits every step that may follow w.
func (m *model) steps(w *world) {
	for p := range w.processes {
		for i := range int(m.workers[p]) {
			m.work(w, p, i)
		}
		m.replay(*w, p)
		m.fall(*w, p)
		m.expire(*w, p)
		m.land(*w, p)
		if m.coherent {
			m.follow(*w, p)
		}
		if m.overflow {
			m.age(*w, p)
		}
	}
	m.fallAll(*w)
	m.pass(*w)
}

// work emits the next step of a worker.
func (m *model) work(w *world, p, i int) {
	switch w.processes[p].workers[i].op {
	case idle:
		m.beginReads(w, p, i)
		m.beginWrites(w, p, i)
	case get, load:
		m.read(*w, p, i)
	default:
		m.write(*w, p, i)
	}
}

// class returns the class of a call of far.
func (m *model) class(c class) class {
	if m.apart && c == writes || m.grants && c == leases {
		return c
	}
	return reads
}

// may reports whether a call of far by process p may end with answer a. While a process knows of an outage, its circuit
// breaker may refuse a call although far can be reached. OnlyReads says that the call changes nothing in far.
func (m *model) may(w *world, p int, c class, a answer, onlyReads bool) bool {
	process := &w.processes[p]
	switch a {
	case answered:
		return !process.down[c]
	case failed:
		return process.down[c] || process.outages[c].stands
	default:
		return !process.down[c] && !onlyReads && w.left.lost > 0
	}
}

// note notes the answer of a call of far. A failure begins an outage, and an answer ends it.
func (m *model) note(w *world, p int, c class, a answer) {
	process := &w.processes[p]
	o := &process.outages[c]
	if a == lost {
		w.left.lost--
	}
	if a != answered {
		if !o.stands {
			*o = outage{stands: true, floor: w.confirmed}
		}
		return
	}
	m.over(process, c)
}

// over ends an outage, for its local leases, too.
func (m *model) over(process *process, c class) {
	process.outages[c] = outage{}
	for i := range process.workers {
		if k := &process.workers[i]; k.class == c {
			k.stands = false
		}
	}
}

// deleted is the effect of a deletion in far by process p, which is for its listed key.
func (m *model) deleted(w *world, p int) {
	w.put(0)
	m.confirm(w, w.processes[p].list.owed)
}

// confirm notes that far has confirmed a write. Far may still get an older value while a write may land late.
func (m *model) confirm(w *world, v version) {
	if w.processes[0].late == 0 && w.processes[1].late == 0 {
		w.confirmed = max(w.confirmed, v)
	}
}

// enter puts the key on the list, for worker i. Every other holder of the entry has lost it.
func (m *model) enter(w *world, p, i int) {
	process := &w.processes[p]
	if m.rule == listNothing {
		return
	}
	for j := range process.workers {
		process.workers[j].mine = j == i
	}
	process.replay.mine = false
	k := &process.workers[i]
	if m.overflow {
		k.mine = false
		if m.rule != forgetOverflow {
			m.overflows(w, p)
		}
		return
	}
	process.list.listed = true
	process.list.value = 0
	if k.op == set {
		process.list.value = k.value
	}
}

// overflows notes that the list overflows, and what far has at this time. Only that may be older than the write.
func (m *model) overflows(w *world, p int) {
	w.processes[p].list.overflow = true
	if w.far.has {
		w.far.oldValue |= 1 << p
	}
	if w.far.lease != 0 {
		w.far.oldLease |= 1 << p
	}
}

// mayStrike reports whether the key may be taken off the list: the entry is still mine, and no older write can land late.
// A double that breaks the rule anyEntry does not ask whose entry it is.
func (m *model) mayStrike(mine, settled bool, anyEntry rule) bool {
	return (mine || m.rule == anyEntry) && (settled || m.rule == strikeUnsettled)
}

// strike takes the key off the list.
func (m *model) strike(w *world, p int) {
	process := &w.processes[p]
	process.list = list{overflow: process.list.overflow}
	for i := range process.workers {
		process.workers[i].mine = false
	}
	process.replay.mine = false
}

// finish ends a worker's operation, and its leases. In an outage far's lease would stand until it runs out. That makes no
// difference: it only keeps others from loading.
func (w *world) finish(p, i int) {
	process := &w.processes[p]
	process.near.end(i)
	if process.near.filler == nearID(i) {
		process.near.filler = 0
	}
	if w.far.lease == farID(p, i) {
		w.far.lease, w.far.oldLease = 0, 0
	}
	process.workers[i] = worker{}
}
