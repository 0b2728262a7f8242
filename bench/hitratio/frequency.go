package hitratio

// maxFrequency is what three bits hold.
const maxFrequency = 7

// epochs starts an epoch after each length of accesses. Only misses look whether it is time.
type epochs struct {
	length   int
	accesses int // in this epoch
	current  uint8
}

// advance starts the next epoch if its time has come, or the next ones after many hits.
func (e *epochs) advance() {
	if e.accesses >= e.length {
		e.current += uint8(e.accesses / e.length)
		e.accesses = 0
	}
}

// frequency is a count that is halved at each epoch. It is halved when it is read, so it has the epoch of its count.
type frequency struct {
	count uint8 // 0..maxFrequency
	epoch uint8 // modulo 16 for a resident, and modulo 4 for a ghost
}

// at returns the count in the current epoch.
func (f frequency) at(e *epochs) int { return int(f.count >> ((e.current - f.epoch) % residentEpochs)) }

// add adds n, and ages the count first.
func (f *frequency) add(n int, e *epochs) {
	f.count = uint8(min(f.at(e)+n, maxFrequency))
	f.epoch = e.current
}

// The epochs that an entry and a ghost can tell apart: they have four and two bits for it.
const (
	residentEpochs = 16
	ghostEpochs    = 4
)
