package nearalone_test

// fillFar emits the fill of far by far's lease, or its release.
func (m *model) fillFar(w world, p, i int) {
	c := m.class(writes)
	for a := answered; a <= lost; a++ {
		if !m.may(&w, p, c, a, false) {
			continue
		}
		next := w
		k := &next.processes[p].workers[i]
		k.answer, k.step = failed, ending
		if stands := next.far.lease == farID(p, i); a != failed && stands {
			if old := next.far.oldLease; !m.release {
				next.put(k.value)
				next.far.oldValue = m.tainted(old)
			}
			if a == answered {
				k.answer = answered
				k.begun = next.processes[p].required // a caller that joins the load now gets its result
			}
		}
		m.note(&next, p, c, a)
		if a == failed && m.rule == fillAloneByFarLease {
			k.alone, k.stands, k.class, k.step = true, true, c, filling
		}
		what := "fills far if its lease stands"
		if m.release {
			what = "releases far's lease if it stands"
		}
		m.emit(step{p, i, what, a, k.value}, next)
	}
}

// tainted returns the processes whose list has overflowed since the lease was granted: the fill is as old as its lease.
func (m *model) tainted(oldLease uint8) uint8 {
	if m.rule == ageWithoutLoads {
		return 0
	}
	return oldLease
}

// endFill emits near's part of a fill of far, and the end of the load. A fill that succeeded is a proof: callers that
// have joined the load get its result.
func (m *model) endFill(w world, p, i int) {
	process := &w.processes[p]
	k := process.workers[i]
	what := "fills far in vain, deletes near's copy, and returns"
	switch {
	case m.release:
		process.near.end(i)
		what = "ends near's lease, and returns"
	case k.answer == answered && process.near.lease == nearID(i):
		process.near.fill(k.value)
		what = "fills near, and returns"
	default:
		process.near.drop()
		if k.answer == answered {
			what = "deletes near's copy because near's lease is lost, and returns"
		}
	}
	proved := k.answer == answered && (!k.missed || m.rule == fillProvesMissed || m.rule == releaseProvesMissed)
	if proved && k.value < k.begun {
		w.broken = lawProof
	}
	w.finish(p, i)
	m.emit(step{p, i, what, none, k.value}, w)
}

// fillAlone emits the fill of near by near's own lease, which was granted in an outage, or by a write in an outage.
func (m *model) fillAlone(w world, p, i int) {
	process := &w.processes[p]
	k := &process.workers[i]
	within := m.within(process, k) || m.rule == fillAloneAnyTime
	if holds := process.near.lease == nearID(i) || m.rule == fillAloneWithoutLease; !within || !holds {
		if k.op == set {
			process.near.drop()
			m.phaseDone(&w, p, i)
		} else {
			w.finish(p, i)
		}
		m.emit(step{p, i, "does not fill near alone", none, 0}, w)
		return
	}
	process.near.fill(k.value)
	process.near.alone, process.near.filler, process.near.short = true, nearID(i), m.rule != fillAloneForTTL
	if k.op == load && m.rule == localLeaseIsShared && k.value < w.confirmed {
		w.broken = lawShared
	}
	k.step++
	m.emit(step{p, i, "fills near alone", none, k.value}, w)
}

// recheck emits the second look at the outage, after near was filled alone: it may have ended between the first look and
// the fill.
func (m *model) recheck(w world, p, i int) {
	process := &w.processes[p]
	k := &process.workers[i]
	what := "leaves near's copy"
	if !m.within(process, k) && m.rule != fillAloneAnyTime && m.rule != fillAloneWithoutRecheck {
		what = "sees that the outage is over, and deletes near's copy"
		process.near.drop()
	}
	if n := process.near; n.has && n.filler == nearID(i) && n.value < m.floor(&w, p, k.class) {
		w.broken = lawOutage
	}
	if process.near.filler == nearID(i) {
		process.near.filler = 0
	}
	if k.op == set {
		m.phaseDone(&w, p, i)
	} else {
		w.finish(p, i)
	}
	m.emit(step{p, i, what, none, 0}, w)
}

// within reports whether the outage stands that k's local lease was granted in.
func (m *model) within(process *process, k *worker) bool {
	return k.stands || m.rule == fillAloneInAnotherOutage && process.outages[k.class].stands
}

// floor returns what far had confirmed when the outage began. If none stands, it returns what far has confirmed now.
func (m *model) floor(w *world, p int, c class) version {
	if o := w.processes[p].outages[c]; o.stands {
		return o.floor
	}
	return w.confirmed
}
