package nearalone_test

// The steps of a read. A get asks far for the value. A load asks far for the value or its lease, and asks the source.
const (
	look    uint8 = iota + 1 // at the list
	clean                    // delete the key in far
	strike                   // the key off the list
	ask                      // far
	copying                  // far's value to near
	loading                  // from the source
	filling                  // far, or near alone
	ending                   // near's part
)

// beginReads emits the beginning of a get and of a load that miss near. Hits need no steps: a law is about all copies in
// near.
func (m *model) beginReads(w *world, p, i int) {
	if quota := w.processes[p].quota; quota.gets > 0 {
		next := *w
		next.processes[p].quota.gets--
		m.beginRead(next, p, i, get)
	}
	if quota := w.processes[p].quota; quota.loads > 0 {
		next := *w
		next.processes[p].quota.loads--
		m.beginRead(next, p, i, load)
	}
}

func (m *model) beginRead(w world, p, i int, op operation) {
	process := &w.processes[p]
	believed := process.believed(m.coherent)
	if believed && process.near.has {
		return
	}
	process.workers[i] = worker{op: op, step: look, begun: process.required, believe: true}
	if m.rule != leaseNearAfterLook {
		m.leaseNear(&w, p, i)
	}
	what := "misses near and begins to load"
	if op == get {
		what = "misses near and begins to get"
	}
	m.emit(step{p, i, what, none, process.required}, w)
}

// leaseNear takes near's lease, if nobody has it.
func (m *model) leaseNear(w *world, p, i int) {
	process := &w.processes[p]
	if process.near.lease == 0 && process.believed(m.coherent) {
		process.near.lease = nearID(i)
	}
}

// read emits the next step of a get or load.
func (m *model) read(w world, p, i int) {
	process := &w.processes[p]
	k := &process.workers[i]
	switch k.step {
	case look:
		k.step = ask
		if m.believesListed(k.op) || !process.list.doubtful() {
			m.emit(step{p, i, "finds the key not listed", none, 0}, w)
			return
		}
		k.mine, k.step = process.list.listed, clean
		if m.rule == readStrikesBeforeDelete {
			m.strike(&w, p)
		}
		m.emit(step{p, i, "finds the key listed", none, 0}, w)
	case clean:
		m.clean(w, p, i)
	case strike:
		if m.mayStrike(k.mine, k.settled, readStrikesAnyEntry) {
			m.strike(&w, p)
		}
		k.mine, k.settled, k.step = false, false, ask
		m.emit(step{p, i, "strikes the key off the list if the entry is the one it saw", none, 0}, w)
	case ask:
		m.ask(w, p, i)
	case copying:
		switch {
		case process.near.lease == nearID(i) && (k.believe || m.rule == believeUnsettled):
			process.near.fill(k.value)
		case process.near.lease != nearID(i) && process.outages[leases].stands && m.rule != readLeavesLocalLease:
			process.near.drop()
		}
		m.returns(w, p, i, "copies far's value to near if its lease stands, and returns")
	case loading:
		k.value, k.step = w.source, filling
		m.emit(step{p, i, "loads from the source", none, k.value}, w)
	case filling:
		if k.alone {
			m.fillAlone(w, p, i)
		} else {
			m.fillFar(w, p, i)
		}
	default:
		if k.alone {
			m.recheck(w, p, i)
		} else {
			m.endFill(w, p, i)
		}
	}
}

// believesListed reports whether a double believes far about listed keys in this operation.
func (m *model) believesListed(op operation) bool {
	return m.rule == believeListedByGet && op == get || m.rule == believeListedByLoad && op == load
}

// clean emits the deletion of a listed key in far, before the read asks far.
func (m *model) clean(w world, p, i int) {
	c := m.class(writes)
	for a := answered; a <= lost; a++ {
		if !m.may(&w, p, c, a, false) {
			continue
		}
		next := w
		k := &next.processes[p].workers[i]
		if a != failed {
			k.settled = next.processes[p].late == 0
			k.believe = k.settled
			m.deleted(&next, p)
		}
		m.note(&next, p, c, a)
		if a == answered {
			k.step = strike
			if !m.mayStrike(k.mine, k.settled, readStrikesAnyEntry) {
				k.mine, k.settled, k.step = false, false, ask
			}
		} else {
			m.goAlone(&next, p, i, c)
		}
		m.emit(step{p, i, "deletes the listed key in far", a, 0}, next)
	}
}

// goAlone makes a read go on after far has failed. A get is a miss. A load goes on with near's lease, as a local one.
func (m *model) goAlone(w *world, p, i int, c class) {
	process := &w.processes[p]
	k := &process.workers[i]
	if k.op == get || process.near.lease != nearID(i) && m.rule != fillAloneWithoutLease {
		w.finish(p, i)
		return
	}
	k.step, k.alone, k.stands, k.class, k.mine = loading, true, true, c, false
}

// ask emits the question to far.
func (m *model) ask(w world, p, i int) {
	if m.rule == leaseNearAfterLook {
		m.leaseNear(&w, p, i)
	}
	m.answers(w, p, i)
	process := &w.processes[p]
	c := m.class(reads)
	if process.workers[i].op == load {
		c = m.class(leases)
	}
	if m.may(&w, p, c, failed, true) || m.may(&w, p, m.class(reads), failed, true) {
		c = m.notGiven(&w, p, c)
		m.goAlone(&w, p, i, c)
		m.emit(step{p, i, "asks far", failed, 0}, w)
	}
}

// answers emits the answers of far to a read. Far that grants no leases answers a load if it need not grant one.
func (m *model) answers(w world, p, i int) {
	if !m.may(&w, p, m.class(reads), answered, true) {
		return
	}
	process := &w.processes[p]
	k := &process.workers[i]
	var what string
	switch {
	case w.far.has && (k.believe || k.op == get || m.rule == believeUnsettled):
		what = "gets a value from far"
		m.answersRead(&w, p)
		k.value, k.step = w.far.value, copying
	case k.op == get || w.far.has || w.far.lease != 0:
		what = "gets neither a value nor a lease from far, and returns"
		m.answersRead(&w, p)
		w.finish(p, i)
	case !m.may(&w, p, m.class(leases), answered, true):
		return
	default:
		what = "gets far's lease"
		m.note(&w, p, m.class(leases), answered)
		process.readable = false
		m.answersRead(&w, p)
		w.far.lease, w.far.oldLease = farID(p, i), 0
		k.step = loading
	}
	m.emit(step{p, i, what, answered, k.value}, w)
}

// answersRead notes that far has answered a read.
func (m *model) answersRead(w *world, p int) {
	m.note(w, p, m.class(reads), answered)
	w.processes[p].readable = m.grants && w.processes[p].outages[leases].stands
}

// notGiven notes that far has failed a read or a grant, and returns the class of the outage that a local lease belongs to.
func (m *model) notGiven(w *world, p int, c class) class {
	m.note(w, p, c, failed)
	switch process := &w.processes[p]; {
	case c == reads:
		process.readable = false
	case !process.readable:
		m.note(w, p, reads, failed)
		return reads
	}
	return c
}

// returns emits the end of a read that returns far's value. A value that is not believed is not returned.
func (m *model) returns(w world, p, i int, what string) {
	k := w.processes[p].workers[i]
	if k.value < k.begun && (k.believe || m.rule == believeUnsettled) {
		w.broken = lawOwn
	}
	if m.grants {
		w.processes[p].seen = max(w.processes[p].seen, k.value)
	}
	w.finish(p, i)
	m.emit(step{p, i, what, none, k.value}, w)
}
