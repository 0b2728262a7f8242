package nearalone_test

import "hash/maphash"

// fingerprint identifies a state. That two of 10 million states have the same one is as likely as 1 in 300,000. A search
// might then miss a state, and the next run, with another seed, would not.
type fingerprint uint64

var seed = maphash.MakeSeed()

// fingerprint returns the same for worlds that differ only in the order of their workers or processes.
func (w world) fingerprint() fingerprint {
	for p := range w.processes {
		if workers := &w.processes[p].workers; workers[1].rank() < workers[0].rank() {
			w.swapWorkers(p)
		}
	}
	if w.processes[1].rank() < w.processes[0].rank() {
		w.swapProcesses()
	}
	return fingerprint(maphash.Comparable(seed, w))
}

// rank returns a number to order workers by. Two workers may have the same.
func (k *worker) rank() uint64 { return maphash.Comparable(seed, *k) }

// rank returns a number to order processes by.
func (p *process) rank() uint64 { return maphash.Comparable(seed, *p) }

func (w *world) swapWorkers(p int) {
	process := &w.processes[p]
	process.workers[0], process.workers[1] = process.workers[1], process.workers[0]
	for _, id := range []*uint8{&process.near.lease, &process.near.filler} {
		if *id != 0 {
			*id = 3 - *id
		}
	}
	if first := farID(p, 0); w.far.lease == first || w.far.lease == first+1 {
		w.far.lease = 2*first + 1 - w.far.lease
	}
}

func (w *world) swapProcesses() {
	w.processes[0], w.processes[1] = w.processes[1], w.processes[0]
	if lease := &w.far.lease; *lease > 2 {
		*lease -= 2
	} else if *lease != 0 {
		*lease += 2
	}
	for _, bits := range []*uint8{&w.far.oldValue, &w.far.oldLease} {
		*bits = *bits&1<<1 | *bits>>1
	}
}
