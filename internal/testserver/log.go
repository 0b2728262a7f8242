package testserver

import (
	"bytes"
	"sync"
)

// serverLog keeps what a server prints until it answers, and notices when the server prints that it is ready.
type serverLog struct {
	words string        // the server prints these when it is ready
	ready chan struct{} // closed when the server has printed words

	mu        sync.Mutex
	text      bytes.Buffer
	isReady   bool
	discarded bool // a log is only printed if the start failed
}

func newServerLog(words string) *serverLog {
	l := &serverLog{words: words, ready: make(chan struct{})}
	l.look()
	return l
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.discarded {
		l.text.Write(p)
		l.look()
	}
	return len(p), nil
}

// look closes ready as soon as the log contains words. An empty log contains empty words.
func (l *serverLog) look() {
	if !l.isReady && bytes.Contains(l.text.Bytes(), []byte(l.words)) {
		l.isReady = true
		close(l.ready)
	}
}

func (l *serverLog) discard() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.discarded = true
	l.text.Reset()
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
