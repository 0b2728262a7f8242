package hitratio

// maxFrequency is what three bits hold.
const maxFrequency = 7

// epochs counts misses, and starts an epoch after each length of them.
type epochs struct {
	length  int
	misses  int // in this epoch
	current uint8
}

// miss counts a miss.
func (e *epochs) miss() {
	if e.misses++; e.misses == e.length {
		e.misses = 0
		e.current++
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
