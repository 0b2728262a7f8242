package nearalone_test

// replay emits the steps of the replayer of process p: it deletes the listed key in far, and strikes it off. If the list
// has overflowed, it clears far.
func (m *model) replay(w world, p int) {
	process := &w.processes[p]
	if process.replay.deleted {
		r := process.replay
		process.replay = replay{}
		if process.list.overflow && r.mine {
			process.list = list{}
		}
		if m.mayStrike(r.mine, r.settled, replayStrikesAnyEntry) {
			m.strike(&w, p)
		}
		m.emit(step{p, -1, "the replayer strikes the key off the list if the entry is the one it saw", none, 0}, w)
		return
	}
	if !process.list.doubtful() || process.late != 0 && m.rule != strikeUnsettled {
		return
	}
	c := m.class(writes)
	for a := answered; a <= lost; a++ {
		if a == failed && m.rule != replayStrikesBeforeDelete { // nothing changes
			continue
		}
		if !m.may(&w, p, c, a, false) {
			continue
		}
		next := w
		process := &next.processes[p]
		switch {
		case m.rule == replayValue && a != failed:
			next.put(process.list.value)
		case a != failed:
			m.deleted(&next, p)
		}
		m.note(&next, p, c, a)
		if a == answered {
			process.replay = replay{deleted: true, mine: true, settled: process.late == 0}
		}
		if m.rule == replayStrikesBeforeDelete {
			process.list, process.replay = list{}, replay{}
		}
		m.emit(step{p, -1, "the replayer deletes the key in far", a, 0}, next)
	}
}

// fall emits the beginning and the end of outages of process p.
func (m *model) fall(w world, p int) {
	if w.left.flips == 0 {
		return
	}
	w.left.flips--
	for c, what := range []string{
		"an outage of reads begins or ends", "an outage of writes begins or ends", "an outage of leases begins or ends",
	} {
		if m.class(class(c)) != class(c) {
			continue
		}
		next := w
		m.flip(&next, p, class(c))
		m.emit(step{p, -1, what, none, 0}, next)
	}
}

// fallAll emits the beginning and the end of an outage of all processes.
func (m *model) fallAll(w world) {
	if w.left.flips == 0 {
		return
	}
	down := w.processes[0].down[reads]
	if w.processes[1].down[reads] != down {
		return
	}
	w.left.flips--
	for p := range w.processes {
		m.flip(&w, p, reads)
		if m.apart {
			m.flip(&w, p, writes)
		}
		if m.grants {
			m.flip(&w, p, leases)
		}
	}
	m.emit(step{-1, -1, "an outage of all processes begins or ends", none, 0}, w)
}

// flip begins or ends an outage of process p. It cuts the stream of far's changes.
func (m *model) flip(w *world, p int, c class) {
	process := &w.processes[p]
	process.down[c] = !process.down[c]
	process.stream.connected = false
	process.stream.pending = false
}

// expire emits the end of near's copy before its time, by OutageTTL, another life or eviction; and of far's value.
func (m *model) expire(w world, p int) {
	if w.left.expiries == 0 {
		return
	}
	w.left.expiries--
	if near := w.processes[p].near; near.has {
		next := w
		next.processes[p].near.has, next.processes[p].near.value, next.processes[p].near.alone = false, 0, false
		m.emit(step{p, -1, "near's copy expires", none, 0}, next)
	}
	if m.overflow && p == 0 && w.far.has {
		w.far.has, w.far.value, w.far.oldValue = false, 0, 0
		m.emit(step{-1, -1, "far's value expires", none, 0}, w)
	}
}

// pass emits the passing of OutageTTL.
func (m *model) pass(w world) {
	if w.left.passes == 0 {
		return
	}
	w.left.passes--
	for p := range w.processes {
		n := &w.processes[p].near
		switch {
		case n.has && n.alone && n.short:
			n.has, n.value, n.alone, n.short, n.filler = false, 0, false, false, 0
		case n.has && n.alone:
			w.broken = lawLife
		}
	}
	m.emit(step{-1, -1, "OutageTTL passes", none, 0}, w)
}

// land emits what becomes of a write of process p that may land late: it lands, or its time is over.
func (m *model) land(w world, p int) {
	late := w.processes[p].late
	if late == 0 {
		return
	}
	w.processes[p].late = 0
	m.emit(step{p, -1, "a write can no longer land", none, late}, w)
	w.put(late)
	m.emit(step{p, -1, "a write lands late", none, late}, w)
}

// age emits that everything that far had when the list of process p overflowed is gone.
func (m *model) age(w world, p int) {
	process := &w.processes[p]
	loads := w.far.oldLease>>p&1 != 0 && m.rule != ageWithoutLoads
	if !process.list.overflow || w.far.oldValue>>p&1 != 0 || loads {
		return
	}
	process.list = list{}
	m.emit(step{p, -1, "all that far had when the list overflowed is gone", none, 0}, w)
}

// follow emits the steps of near that follows far's changes. The stream of a process that far cannot reach is cut, and
// the process notices it later.
func (m *model) follow(w world, p int) {
	process := &w.processes[p]
	s := &process.stream
	switch {
	case s.connected && !s.following:
		if m.rule != keepWhenStreamIsBack {
			process.near.drop()
		}
		s.following = true
		m.emit(step{p, -1, "near is flushed, because the stream is back", none, 0}, w)
	case s.connected && s.pending:
		process.near.drop()
		s.pending = false
		m.emit(step{p, -1, "near drops its copy, because far has changed", none, 0}, w)
	case !s.connected && s.following:
		s.following = false
		m.emit(step{p, -1, "near notices that the stream is cut", none, 0}, w)
	case !s.connected && !process.down[reads]:
		s.connected = true
		m.emit(step{p, -1, "the stream is back", none, 0}, w)
	}
}
