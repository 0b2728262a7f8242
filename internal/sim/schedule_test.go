package sim_test

import (
	"container/heap"
	"math"
	"testing/synctest"
	"time"
)

// schedule does one thing at a time, by virtual time, and by the order of planning within the same. It is used by the
// goroutine that runs it.
type schedule struct {
	born   time.Time
	queue  plannedQueue
	count  int // of all that was planned
	due    int // that is not over, and that a run has to wait for
	alarm  *time.Timer
	stirs  chan struct{} // has room for one: a goroutine has something to hand in
	settle func() bool   // takes it in, when all goroutines wait, and reports whether there was anything
}

// moment is a point in a run. What happens in one step happens in the order of n.
type moment struct {
	at time.Duration
	n  int
}

func (m moment) before(other moment) bool {
	return m.at < other.at || m.at == other.at && m.n < other.n
}

func (s *schedule) now() time.Duration { return time.Since(s.born) }

// moment returns the present one, and no other.
func (s *schedule) moment() moment {
	s.count++
	return moment{s.now(), s.count}
}

// later plans do. A run does not wait for it.
func (s *schedule) later(after time.Duration, do func()) {
	at := s.moment()
	at.at += after
	heap.Push(&s.queue, planned{at, do})
}

// last plans do after all else of the same time, and of what is planned so, by rank: it does not depend on when it was
// planned.
func (s *schedule) last(after time.Duration, rank int, do func()) {
	heap.Push(&s.queue, planned{moment{s.now() + after, math.MaxInt32 + rank}, do})
}

// owe plans do, which has to happen before the run is over.
func (s *schedule) owe(after time.Duration, do func()) {
	s.due++
	s.later(after, func() { s.due--; do() })
}

// stir wakes the schedule: there is something to take in. Any goroutine may call it.
func (s *schedule) stir() {
	select {
	case s.stirs <- struct{}{}:
	default:
	}
}

// quiet lets goroutines go until all wait, takes in what they have to say, and reports whether they had anything to.
func (s *schedule) quiet() bool {
	synctest.Wait()
	select {
	case <-s.stirs:
	default:
	}
	return s.settle()
}

// patience is how long a run may take. There are always heartbeats: what hangs would hang for ever.
const patience = time.Minute

// hangs reports whether the run took too long.
func (s *schedule) hangs() bool { return s.now() > patience }

// finish goes on until nothing is owed, or the run hangs.
func (s *schedule) finish() { s.until(func() bool { return s.due == 0 }) }

// pass lets time pass.
func (s *schedule) pass(d time.Duration) {
	s.owe(d, func() {})
	s.finish()
}

func (s *schedule) until(over func() bool) {
	for s.quiet(); !over() && !s.hangs(); s.quiet() {
		if wait := s.queue[0].at - s.now(); wait > 0 {
			s.alarm.Reset(wait)
			select {
			case <-s.alarm.C:
			case <-s.stirs:
			}
			continue
		}
		heap.Pop(&s.queue).(planned).do()
	}
}

type planned struct {
	moment
	do func()
}

// plannedQueue is a heap: there are always heartbeats in it.
type plannedQueue []planned

func (q plannedQueue) Len() int           { return len(q) }
func (q plannedQueue) Less(i, j int) bool { return q[i].before(q[j].moment) }
func (q plannedQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *plannedQueue) Push(x any)        { *q = append(*q, x.(planned)) }

func (q *plannedQueue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	*q = (*q)[:last]
	return p
}
