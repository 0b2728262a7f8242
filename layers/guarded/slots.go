package guarded

// slots limits how many calls run at a time. Nil slots have no limit.
type slots chan struct{} // has an element for each slot that is taken

func newSlots(n int) slots {
	if n == 0 {
		return nil
	}
	return make(slots, n)
}

// take takes a slot. It returns false if none is free.
func (s slots) take() bool {
	if s == nil {
		return true
	}
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

// give returns a slot.
func (s slots) give() {
	if s != nil {
		<-s
	}
}
