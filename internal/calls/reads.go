package calls

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Reads makes the calls that read one key. While several of them run, further ones wait for the next of these to end, and
// then share one round trip. So many callers at a time need few connections and few system calls, and a single caller
// waits for nobody. Its methods may be called concurrently.
type Reads struct {
	backend *Backend
	send    func(ctx context.Context, reads []*Read)
	share   bool
	pool    sync.Pool // of *Read

	mu      sync.Mutex
	width   width
	running int         // round trips
	surplus int         // how many of them are to end although reads wait, because width has become smaller
	waiting []*Read     // for one of them to end
	stalled *time.Timer // fires if none ends while reads wait; nil before the first wait
}

const (
	// maxShared is how many reads share a round trip. With more of them, the first would wait long for the last.
	maxShared = 64

	// stall is how long reads wait for a round trip to end. After that they begin another one: the server may be slow with
	// a large value, or a connection may hang.
	stall = 2 * time.Millisecond
)

// Read is one read, with its answer.
type Read struct {
	running
	reads *Reads
	ctx   context.Context // the caller's
	alone [1]*Read        // the read itself

	Key string
	// Value and Err are set by send.
	Value []byte
	Err   error

	returned bool // whether send has returned
	panicked any  // the value of its panic; nil without one
}

// NewReads returns the reads of backend. Send reads the keys of some reads, and sets their answers. If several of them are
// not to share a round trip, share is false. In a shared round trip, the context of send has the values of the first
// caller's context.
func NewReads(backend *Backend, share bool, send func(ctx context.Context, reads []*Read)) *Reads {
	return &Reads{backend: backend, share: share, send: send, width: newWidth()}
}

// Get reads a key of a server, as a [Task] with the operation OpGet does.
func (s *Reads) Get(ctx context.Context, server, key string) ([]byte, error) {
	b := s.backend
	if err := b.Usable(ctx); err != nil {
		return nil, ctxcache.Fail(b.about.Layer, ctxcache.OpGet, err)
	}
	value, err := s.get(ctx, server, key)
	return value, b.Fail(ctx, ctxcache.OpGet, err)
}

func (s *Reads) get(ctx context.Context, server, key string) ([]byte, error) {
	limit := remaining(ctx, s.backend.limit(ctxcache.OpGet, 0))
	r, _ := s.pool.Get().(*Read)
	if r == nil {
		r = &Read{reads: s}
		r.alone[0] = r
	}
	r.Key, r.ctx = key, ctx
	if limit == ctxcache.NoExpiry && ctx.Done() == nil {
		s.send(ctx, r.alone[:])
		return r.Value, r.Err
	}
	if err := r.admit(ctx, s.backend, server, limit); err != nil {
		return nil, err
	}
	if !s.begin(r) {
		return nil, r.refuse()
	}
	if err := r.wait(ctx); err != nil {
		return nil, err
	}
	value, err, panicked, returned := r.Value, r.Err, r.panicked, r.returned
	if r.reusable() {
		r.Key, r.ctx, r.Value, r.Err, r.panicked, r.returned = "", nil, nil, nil, nil, false
		s.pool.Put(r)
	}
	return outcome[[]byte]{returned, value, err, panicked}.deliver()
}

// Alone reports whether a read may make a round trip at once, on the goroutine of its caller. If it may, Leave must be
// called at the end.
func (s *Reads) Alone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running >= s.width.most {
		return false
	}
	s.running++
	return true
}

// Leave ends a round trip that Alone allowed. A worker makes the next one for the reads that wait. Took is how long the
// server took to answer. It is 0 if there was no answer.
func (s *Reads) Leave(took time.Duration) { s.handOver(s.next(took)) }

// begin begins r, or lets it wait. It returns false after Close.
func (s *Reads) begin(r *Read) bool {
	if !s.share || r.limit == ctxcache.NoExpiry { // without a limit, a round trip ends with its caller
		return s.backend.work(r)
	}
	s.mu.Lock()
	if s.running >= s.width.most {
		defer s.mu.Unlock()
		if s.waiting = append(s.waiting, r); len(s.waiting) == 1 {
			s.watch()
		}
		return true
	}
	s.running++
	s.mu.Unlock()
	if !s.backend.work(r) {
		s.handOver(s.next(0))
		return false
	}
	return true
}

// watch begins to wait for the end of a round trip. S.mu is held.
func (s *Reads) watch() {
	if s.stalled == nil {
		s.stalled = time.AfterFunc(stall, s.extra)
	} else {
		s.stalled.Reset(stall)
	}
}

// extra begins another round trip for the reads that have waited too long.
func (s *Reads) extra() {
	s.mu.Lock()
	batch := s.take()
	if len(batch) > 0 {
		s.running++
	}
	s.mu.Unlock()
	s.handOver(batch)
}

// handOver lets another worker make a round trip for batch, and the ones after it. After Close nobody does.
func (s *Reads) handOver(batch []*Read) {
	if len(batch) == 0 || s.backend.work(shared{s, batch}) {
		return
	}
	for _, r := range batch {
		r.Err = ctxcache.ErrClosed
		r.finish(true, nil)
	}
}

// take takes reads that wait. S.mu is held.
func (s *Reads) take() []*Read {
	n := min(len(s.waiting), maxShared)
	batch := s.waiting[:n:n]
	s.waiting = s.waiting[n:]
	if len(s.waiting) > 0 {
		s.watch()
		return batch
	}
	s.waiting = nil
	if s.stalled != nil {
		s.stalled.Stop()
	}
	return batch
}

// next returns the reads for the next round trip of a worker, whose last one took so long. If none wait, or others make the
// next round trips, its round trips have ended.
func (s *Reads) next(took time.Duration) []*Read {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.width.add(took) {
		s.surplus = max(0, s.running-s.width.most)
	}
	if len(s.waiting) == 0 || s.surplus > 0 {
		s.running--
		s.surplus = max(0, s.surplus-1)
		return nil
	}
	return s.take()
}

// shared is a job: a round trip for several reads.
type shared struct {
	reads *Reads
	batch []*Read
}

func (j shared) run(w *worker) { j.reads.work(w, j.batch) }

// run reads on a worker.
func (r *Read) run(w *worker) {
	if r.reads.share && r.limit != ctxcache.NoExpiry {
		r.reads.work(w, r.alone[:])
		return
	}
	r.reads.trip(w, r.alone[:])
}

// work makes a round trip for batch, and then others for the reads that wait. If the context of w has ended, another
// worker makes them.
func (s *Reads) work(w *worker, batch []*Read) {
	returned := false
	defer func() {
		if !returned { // the worker ends
			s.handOver(s.next(0))
		}
	}()
	for len(batch) > 0 {
		batch = s.next(s.trip(w, batch))
		if w.ctx.Err() != nil { // a read lasted too long, and others would fail with the context of this worker
			s.handOver(batch)
			break
		}
	}
	returned = true
}

// trip makes one round trip, and returns how long it took, or 0 if a read had no answer. If send panics or calls
// [runtime.Goexit], so do all callers. If none is left, the panic is kept for [Group.Panicked].
func (s *Reads) trip(w *worker, batch []*Read) (took time.Duration) {
	batch = s.present(batch)
	if len(batch) == 0 {
		return 0
	}
	for _, r := range batch {
		r.on(w)
	}
	ctx, cancel := batch[0].context(batch[0].ctx, w)
	returned := false
	defer func() {
		panicked := recover()
		cancel()
		heard := false
		for _, r := range batch {
			heard = r.finish(returned, panicked) || heard
		}
		if panicked != nil && !heard {
			panic(panicked)
		}
	}()
	began := time.Now()
	s.send(ctx, batch)
	returned = true
	for _, r := range batch {
		if s.backend.Unanswered(r.Err) {
			return 0
		}
	}
	return time.Since(began)
}

// present returns the reads whose callers still wait, and ends the others.
func (s *Reads) present(batch []*Read) []*Read {
	present := batch[:0]
	for _, r := range batch {
		if r.gone() {
			r.end(false)
			r.b.release()
			continue
		}
		present = append(present, r)
	}
	return present
}

// finish ends a read as send has ended. It returns false if the caller has left.
func (r *Read) finish(returned bool, panicked any) bool {
	r.returned, r.panicked = returned, panicked
	b := r.b
	r.end(returned && !b.Unanswered(r.Err))
	b.release()
	return r.deliver()
}
