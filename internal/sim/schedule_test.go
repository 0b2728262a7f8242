package sim_test

import (
	"container/heap"
	"math"
	"testing/synctest"
	"time"
)

// schedule does one thing at a time, in the order of virtual time. Things at the same time are done in the order in
// which they were planned. Only the goroutine that runs it may use it.
type schedule struct {
	born   time.Time
	queue  plannedQueue
	count  int // how many things were planned
	due    int // how many things the run still has to wait for
	alarm  *time.Timer
	stirs  chan struct{} // has room for one; filled when a goroutine has handed something in
	settle func() bool   // takes in what was handed in, and reports whether there was anything; called when all goroutines wait
}

// moment is a point in a run. N orders moments at the same time.
type moment struct {
	at time.Duration
	n  int
}

func (m moment) before(other moment) bool {
	return m.at < other.at || m.at == other.at && m.n < other.n
}

func (s *schedule) now() time.Duration { return time.Since(s.born) }

// moment returns the present moment. It returns each moment only once.
func (s *schedule) moment() moment {
	s.count++
	return moment{s.now(), s.count}
}

// later plans do. The run does not wait for it.
func (s *schedule) later(after time.Duration, do func()) {
	at := s.moment()
	at.at += after
	heap.Push(&s.queue, planned{at, do})
}

// last plans do. It runs after everything else at the same time. If several things are planned with last, rank orders
// them. The order does not depend on when they were planned.
func (s *schedule) last(after time.Duration, rank int, do func()) {
	heap.Push(&s.queue, planned{moment{s.now() + after, math.MaxInt32 + rank}, do})
}

// owe plans do. The run waits for it.
func (s *schedule) owe(after time.Duration, do func()) {
	s.due++
	s.later(after, func() { s.due--; do() })
}

// stir wakes the schedule, because something was handed in. Any goroutine may call it.
func (s *schedule) stir() {
	select {
	case s.stirs <- struct{}{}:
	default:
	}
}

// quiet waits until all goroutines wait, and takes in what they have handed in. It reports whether there was anything.
func (s *schedule) quiet() bool {
	synctest.Wait()
	select {
	case <-s.stirs:
	default:
	}
	return s.settle()
}

// patience is how long a run may take. Heartbeats never end, so a run that hangs would go on for ever.
const patience = time.Minute

// hangs reports whether the run took too long.
func (s *schedule) hangs() bool { return s.now() > patience }

// finish runs the schedule until the run has nothing more to wait for, or hangs.
func (s *schedule) finish() { s.until(func() bool { return s.due == 0 }) }

// pass lets virtual time pass.
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

// plannedQueue is a heap. It is never empty, because there is always a next heartbeat.
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
