package layers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	runtimedebug "runtime/debug"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// tape writes records of 8 bytes to a writer, without making those who add them wait. See newTape.
type tape struct {
	w        io.Writer
	onError  func(error)
	finished chan struct{} // closed when nothing will be written any more

	mu      sync.Mutex
	waiting []byte // records that nobody has begun to write
	writing bool   // a goroutine writes
	stopped bool
	err     error // what has ended the recording
	told    bool  // onError has heard of err

	writers sync.WaitGroup
}

func newTape(w io.Writer, onError func(error)) *tape {
	return &tape{w: w, onError: onError, finished: make(chan struct{})}
}

const (
	tapeBlock = 64 << 10 // bytes that are written at a time
	tapeMost  = 1 << 20  // bytes that may wait
)

// errTapeSlow ends a recording.
var errTapeSlow = errors.New("the writer is slower than the reads")

// add adds a record. It does nothing if the recording has ended.
func (t *tape) add(record uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.err != nil || t.stopped:
		return
	case len(t.waiting) >= tapeMost:
		t.err, t.waiting = fmt.Errorf("layers: recorded: %w", errTapeSlow), nil
		t.writers.Go(t.tell) // on its own, because the writer may hang
		return
	}
	t.waiting = binary.BigEndian.AppendUint64(t.waiting, record)
	if len(t.waiting) >= tapeBlock && !t.writing {
		t.writing = true
		t.writers.Go(t.write)
	}
}

// write hands full blocks to the writer, until no more are left, or the recording has ended.
func (t *tape) write() {
	defer t.tell() // also if the writer ends this goroutine
	for block := t.full(); block != nil; block = t.full() {
		t.put(block)
	}
}

// full takes a full block. Without one it returns nil, and the next full block starts another write.
func (t *tape) full() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil || len(t.waiting) < tapeBlock {
		t.writing = false
		return nil
	}
	block := t.waiting
	t.waiting = nil
	return block
}

// put writes a block. The lock is not held.
func (t *tape) put(block []byte) {
	t.guarded("the writer", func() error {
		_, err := t.w.Write(block)
		return err
	})
}

// tell calls onError if the recording has ended by an error that it has not heard of.
func (t *tape) tell() {
	t.mu.Lock()
	err := t.err
	first := err != nil && !t.told
	t.told = t.told || first
	t.mu.Unlock()
	if first && t.onError != nil {
		t.guarded("OnError", func() error {
			t.onError(err)
			return nil
		})
	}
}

// guarded calls fn, which is the user's. Its error ends the recording, and so does its panic. A panic that went on would
// end the process.
func (t *tape) guarded(name string, fn func() error) {
	err := ctxcache.Discreet(name+" ended its goroutine", nil) // replaced when fn returns
	defer func() {
		if value := recover(); value != nil {
			err = ctxcache.Discreet(name+" panicked", fmt.Errorf("panic: %v\n\n%s", value, runtimedebug.Stack()))
		}
		if err != nil {
			t.fail(err)
		}
	}()
	err = fn()
}

// fail ends the recording, or adds err to the error that has ended it.
func (t *tape) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	err = fmt.Errorf("layers: recorded: %w", err)
	if t.err != nil {
		err = errors.Join(t.err, err)
	}
	t.err, t.waiting = err, nil
}

// stop writes what is left, and returns what has ended the recording. A later call waits for the first one, because its caller
// may close the writer.
func (t *tape) stop() error {
	t.mu.Lock()
	first := !t.stopped
	t.stopped = true
	t.mu.Unlock()
	if first {
		t.finish()
	} else {
		<-t.finished
	}
	t.tell()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// finish writes what is left. It is called once.
func (t *tape) finish() {
	defer close(t.finished) // also if the writer ends the goroutine
	t.writers.Wait()
	t.mu.Lock()
	left := t.waiting
	t.waiting = nil
	t.mu.Unlock()
	if len(left) > 0 {
		t.put(left)
	}
}
