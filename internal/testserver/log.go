package testserver

import (
	"bytes"
	"sync"
)

// serverLog keeps what a server prints until it answers, and tells when it says that it is ready.
type serverLog struct {
	words string        // that say it
	ready chan struct{} // closed when the server has said them

	mu        sync.Mutex
	text      bytes.Buffer
	isReady   bool
	discarded bool // only a start that failed is ever printed
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

// look looks for the words, of which none are there from the beginning.
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
