package nearalone_test

// phase is a phase of a write.
type phase uint8

const (
	seeEntry phase = iota // of an earlier write, which this write may strike off
	listKey
	writeFar
	strikeKey // if far has confirmed the write
	settleNear
	lookAgain // whether the outage still stands, if near was filled alone
)

// The orders of a write's phases. RightOrder is the protocol's. ListBeforeFar and strikeLast keep the laws, too.
var (
	rightOrder     = []phase{seeEntry, writeFar, listKey, strikeKey, settleNear, lookAgain}
	nearBeforeFar  = []phase{settleNear, lookAgain, listKey, writeFar, strikeKey}
	nearBeforeList = []phase{writeFar, settleNear, lookAgain, listKey}
	listBeforeFar  = []phase{listKey, writeFar, strikeKey, settleNear, lookAgain}
	strikeLast     = []phase{listKey, writeFar, settleNear, lookAgain, strikeKey}
)

// beginWrites emits the beginning of a set and of a delete. The source changes first. A set takes near's lease.
func (m *model) beginWrites(w *world, p, i int) {
	if w.processes[p].quota.sets > 0 {
		next := *w
		next.processes[p].quota.sets--
		m.beginWrite(next, p, i, set, "changes the source and begins to set")
	}
	if w.processes[p].quota.deletes > 0 {
		next := *w
		next.processes[p].quota.deletes--
		m.beginWrite(next, p, i, remove, "changes the source and begins to delete")
	}
}

func (m *model) beginWrite(w world, p, i int, op operation, what string) {
	w.source++
	k := worker{op: op, step: 1, value: w.source, owes: w.source}
	for q := range w.processes { // a set that is under way may be the last one all the same
		for _, other := range w.processes[q].workers {
			if other.op == set {
				k.owes = min(k.owes, other.value)
			}
		}
	}
	w.processes[p].workers[i] = k
	if op == set {
		m.leaseNear(&w, p, i)
	}
	m.emit(step{p, i, what, none, w.source}, w)
}

// write emits the next step of a set or delete.
func (m *model) write(w world, p, i int) {
	process := &w.processes[p]
	k := &process.workers[i]
	switch m.order[k.step-1] {
	case seeEntry:
		k.mine = process.list.listed
		m.phaseDone(&w, p, i)
		m.emit(step{p, i, "looks at the list", none, 0}, w)
	case listKey:
		m.enter(&w, p, i)
		if k.answer != none {
			process.list.owed = max(process.list.owed, k.owes)
		}
		m.phaseDone(&w, p, i)
		m.emit(step{p, i, "lists the key", none, 0}, w)
	case writeFar:
		m.writeFar(w, p, i)
	case strikeKey:
		if m.mayStrike(k.mine, k.settled, writeStrikesAnyEntry) {
			m.strike(&w, p)
		}
		m.phaseDone(&w, p, i)
		m.emit(step{p, i, "strikes the key off the list if the entry is its own", none, 0}, w)
	case settleNear:
		m.settleNear(w, p, i)
	case lookAgain:
		m.recheck(w, p, i)
	}
}

// writeFar emits the write of far.
func (m *model) writeFar(w world, p, i int) {
	c := m.class(writes)
	for a := answered; a <= lost; a++ {
		refused := m.rule == refuseWritesWithReads && w.processes[p].outages[reads].stands
		if !m.may(&w, p, c, a, false) && (!refused || a != failed) || refused && a != failed {
			continue
		}
		next := w
		process := &next.processes[p]
		k := &process.workers[i]
		if a == failed && !process.down[c] && !process.outages[c].stands {
			next.broken = lawTried
		}
		if k.answer = a; a != failed {
			next.put(k.carries())
			m.confirm(&next, k.owes)
		}
		k.settled = process.late == 0
		m.note(&next, p, c, a)
		if a != answered {
			m.missed(&next, p)
			k.alone, k.stands, k.class = k.op == set, true, c
		}
		if process.list.doubtful() && (a != answered || !k.settled) {
			process.list.owed = max(process.list.owed, k.owes)
		}
		m.phaseDone(&next, p, i)
		m.emit(step{p, i, "writes far", a, k.value}, next)
		if a == failed && m.late && k.op == set && process.late == 0 {
			process.late = k.value
			m.emit(step{p, i, "writes far, and the write may land later", a, k.value}, next)
		}
	}
}

// carries returns the value that a write puts into far.
func (k *worker) carries() version {
	if k.op == set {
		return k.value
	}
	return 0
}

// missed notes a write that failed in far, for all loads of the process that are under way.
func (m *model) missed(w *world, p int) {
	for i := range w.processes[p].workers {
		if k := &w.processes[p].workers[i]; k.op == load {
			k.missed = true
		}
	}
}

// settleNear emits near's part of a write.
func (m *model) settleNear(w world, p, i int) {
	process := &w.processes[p]
	k := &process.workers[i]
	switch {
	case k.alone:
		m.fillAlone(w, p, i)
		return
	case k.op == set && k.answer == answered && process.near.lease == nearID(i):
		process.near.fill(k.value)
		m.phaseDone(&w, p, i)
		m.emit(step{p, i, "fills near", none, k.value}, w)
	default:
		process.near.drop()
		m.phaseDone(&w, p, i)
		m.emit(step{p, i, "deletes near's copy", none, 0}, w)
	}
}

// phaseDone makes a write go on with its next phase. After the last one the write returns.
func (m *model) phaseDone(w *world, p, i int) {
	process := &w.processes[p]
	k := &process.workers[i]
	if m.order[k.step-1] == settleNear {
		k.step++
	}
	for k.step++; int(k.step) <= len(m.order); k.step++ {
		switch m.order[k.step-1] {
		case listKey:
			if k.answer == answered { // there is nothing to list
				continue
			}
		case strikeKey:
			unconfirmed := k.answer != answered && m.rule != writeStrikesUnconfirmed
			if unconfirmed || !m.mayStrike(k.mine, k.settled, writeStrikesAnyEntry) {
				continue
			}
		}
		return
	}
	process.required = max(process.required, k.owes)
	w.finish(p, i)
}

// orderOf returns the order of a write's phases if rule is broken.
func orderOf(r rule) []phase {
	switch r {
	case settleNearBeforeFar:
		return nearBeforeFar
	case listAfterNear:
		return nearBeforeList
	default:
		return rightOrder
	}
}
