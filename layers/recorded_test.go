package layers_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// blockingWriter waits for a signal before each write, and may fail.
type blockingWriter struct {
	bytes.Buffer
	begun, goOn chan struct{}
	err         error
}

func (w *blockingWriter) Write(p []byte) (int, error) {
	if w.begun != nil {
		w.begun <- struct{}{}
		<-w.goOn
	}
	if w.err != nil {
		return 0, w.err
	}
	return w.Buffer.Write(p)
}

func records(t *testing.T, trace []byte) (hashes []uint64) {
	t.Helper()
	if len(trace)%8 != 0 {
		t.Fatalf("the trace has %d bytes", len(trace))
	}
	for ; len(trace) > 0; trace = trace[8:] {
		hashes = append(hashes, binary.BigEndian.Uint64(trace))
	}
	return hashes
}

// A trace has each read of a key once, hit or miss, and equal keys have equal records.
func TestRecorded(t *testing.T) {
	var trace bytes.Buffer
	c := layers.Recorded(newMemory[int](), &trace, &layers.RecordedOptions{Sample: 1})
	ctx := t.Context()
	if err := c.Set(ctx, "a", 1, 0); err != nil { // not a read
		t.Fatal(err)
	}
	reads := map[string]func() error{
		"Get":        func() error { _, err := c.Get(ctx, "a"); return err },
		"GetEntry":   func() error { _, err := ctxcache.GetEntry(ctx, c, "a"); return err },
		"GetEntries": func() error { _, err := ctxcache.GetEntries(ctx, c, []string{"a", "b"}); return err },
		"GetMany":    func() error { _, err := ctxcache.GetMany(ctx, c, []string{"b", "a"}); return err },
	}
	for _, name := range []string{"Get", "GetEntry", "GetEntries", "GetMany"} {
		if err := reads[name](); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, "a"); err != nil { // not recorded any more
		t.Error(err)
	}
	got := records(t, trace.Bytes())
	if len(got) != 6 {
		t.Fatalf("%d records, want 6", len(got))
	}
	a, b := got[0], got[3]
	for i, want := range []uint64{a, a, a, b, b, a} {
		if got[i] != want || a == b {
			t.Errorf("record %d is %x; a is %x, and b is %x", i, got[i], a, b)
		}
	}
}

// A sample has all reads of some keys, and its size is the share that was asked for.
func TestRecordedSample(t *testing.T) {
	var trace bytes.Buffer
	c := layers.Recorded(newMemory[int](), &trace, &layers.RecordedOptions{Sample: 0.25})
	const keys, times = 4000, 3
	for range times {
		for key := range keys {
			if _, err := c.Get(t.Context(), strconv.Itoa(key)); err != ctxcache.ErrMiss {
				t.Fatal(err)
			}
		}
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	seen := make(map[uint64]int)
	for _, hash := range records(t, trace.Bytes()) {
		seen[hash]++
	}
	for hash, n := range seen {
		if n != times {
			t.Errorf("%x was recorded %d times, want %d", hash, n, times)
		}
	}
	if n := len(seen); n < keys/5 || n > keys/3 {
		t.Errorf("%d of %d keys are in a sample of a quarter", n, keys)
	}
}

// Reads do not wait for the writer. If it is too slow, or hangs, the recording ends, and says so at once.
func TestRecordedSlowWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &blockingWriter{begun: make(chan struct{}), goOn: make(chan struct{})}
		heard := make(chan error, 10)
		c := layers.Recorded(newMemory[int](), w,
			&layers.RecordedOptions{Sample: 1, OnError: func(err error) { heard <- err }})
		read := func(n int) {
			for key := range n {
				if _, err := c.Get(t.Context(), strconv.Itoa(key)); err != ctxcache.ErrMiss {
					t.Fatal(err)
				}
			}
		}
		read(64 << 10 / 8)
		<-w.begun
		read(2 << 20 / 8) // far more than may wait
		synctest.Wait()
		if len(heard) != 1 {
			t.Errorf("OnError was called %d times while the writer hangs, want once", len(heard))
		}
		w.goOn <- struct{}{}
		err := c.Stop()
		if err == nil || err != <-heard || len(heard) != 0 {
			t.Errorf("Stop: %v, and OnError has heard something else", err)
		}
		if n := w.Len(); n != 64<<10 {
			t.Errorf("%d bytes were written, want one block", n)
		}
	})
}

// A writer that fails ends the recording, not the cache.
func TestRecordedFailingWriter(t *testing.T) {
	failure := errors.New("the disk is full")
	w := &blockingWriter{err: failure}
	c := layers.Recorded(newMemory[int](), w, &layers.RecordedOptions{Sample: 1})
	for key := range 100_000 {
		if _, err := c.Get(t.Context(), strconv.Itoa(key)); err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
	}
	if err := c.Stop(); !errors.Is(err, failure) {
		t.Errorf("Stop: %v, want %v", err, failure)
	}
	if err := c.Stop(); !errors.Is(err, failure) {
		t.Errorf("Stop again: %v, want %v", err, failure)
	}
}

// The caller of any Stop may close the writer. So the second Stop must not return before the first has written what is left.
func TestRecordedStoppedTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("the disk is full")
		w := &blockingWriter{begun: make(chan struct{}), goOn: make(chan struct{}), err: failure}
		c := layers.Recorded(newMemory[int](), w, &layers.RecordedOptions{Sample: 1})
		if _, err := c.Get(t.Context(), "a"); err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		stops := make(chan error, 2)
		go func() { stops <- c.Stop() }()
		<-w.begun
		go func() { stops <- c.Stop() }()
		synctest.Wait()
		if n := len(stops); n != 0 {
			t.Errorf("%d of 2 Stops have returned during the last write", n)
		}
		w.goOn <- struct{}{}
		for range 2 {
			if err := <-stops; !errors.Is(err, failure) {
				t.Errorf("Stop: %v, want %v", err, failure)
			}
		}
	})
}

func TestRecordedConcurrently(t *testing.T) {
	var trace bytes.Buffer
	c := layers.Recorded(newMemory[int](), &trace, &layers.RecordedOptions{Sample: 1})
	const workers, reads = 8, 5000
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for key := range reads {
				if _, err := c.Get(t.Context(), strconv.Itoa(key)); err != ctxcache.ErrMiss {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(records(t, trace.Bytes())); n != workers*reads {
		t.Errorf("%d records, want %d", n, workers*reads)
	}
}

func TestRecordedOptions(t *testing.T) {
	for _, sample := range []float64{-0.1, 1.1, math.NaN()} {
		var trace bytes.Buffer
		c := layers.Recorded(newMemory[int](), &trace, &layers.RecordedOptions{Sample: sample})
		if err := c.Set(t.Context(), "a", 1, 0); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Set: %v, want ErrOptions", err)
		}
		if _, err := c.Get(t.Context(), "a"); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Get: %v, want ErrOptions", err)
		}
		if err := c.Stop(); !errors.Is(err, ctxcache.ErrOptions) || trace.Len() > 0 {
			t.Errorf("Stop: %v, want ErrOptions; %d bytes were written", err, trace.Len())
		}
	}
}
