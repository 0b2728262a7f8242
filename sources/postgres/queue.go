package postgres

import "sync"

// maxWaiting is how many notifications may wait for a slow function.
const maxWaiting = 1 << 16

// queue has the payloads that wait for the function of a Watch.
type queue struct {
	wake chan struct{} // has room for one signal: something is waiting

	mu       sync.Mutex
	payloads []string
	gap      bool // payloads before these were lost
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// add adds a payload. If there are too many, they become a gap.
func (q *queue) add(payload string) {
	q.mu.Lock()
	if len(q.payloads) >= maxWaiting {
		q.payloads, q.gap = nil, true
	}
	q.payloads = append(q.payloads, payload)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns the payloads that wait, in their order, and leaves none.
func (q *queue) take() (payloads []string, gap bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	payloads, gap = q.payloads, q.gap
	q.payloads, q.gap = nil, false
	return payloads, gap
}
