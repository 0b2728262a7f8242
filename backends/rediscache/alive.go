package rediscache

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// alive is a connection to a server that must not be silent: the server may hang, or the network may have lost the
// connection without a word. While nothing else comes, it asks the server a question. Everything that the server sends
// is a sign of life, so a connection with many changes has no questions, unless the answers matter.
type alive struct {
	net.Conn
	half     time.Duration // how long the server may be silent before, and after it was asked; 0 means for ever
	every    time.Duration // how often the question is asked if the answers matter
	question question

	asked   time.Time // when the last question was sent; zero before
	waiting bool      // the answer is still to come
}

func newAlive(conn net.Conn, timeout time.Duration, question question) *alive {
	a := &alive{Conn: conn, half: timeout / 2, every: timeout / 2, question: question}
	if timeout == ctxcache.NoExpiry {
		a.half, a.every = 0, defaultWatchTimeout/2
	}
	return a
}

// errSilent is the error of a read if the server does not answer a question.
var errSilent = fmt.Errorf("%w: the server is silent", ctxcache.ErrTimeout)

// Read reads what comes next. Only one goroutine may read. The answers to questions are a part of what it reads. If they
// matter, the reader must call answered for each of them.
func (a *alive) Read(p []byte) (int, error) {
	for {
		if a.due() {
			if err := a.ask(); err != nil {
				return 0, err
			}
		}
		n, err := a.wait(p)
		switch {
		case n > 0:
			a.waiting = a.waiting && a.question.matters // or else this is a sign of life, too
			return n, err
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return n, err
		case a.waiting:
			return n, errSilent
		case !a.question.matters:
			if err := a.ask(); err != nil {
				return 0, err
			}
		}
	}
}

// due reports whether a question whose answer matters is to be asked now. The first one is asked at once. What an
// answer says is from after its question, so the next question follows half of the timeout later, and its answer comes
// before the whole timeout is over.
func (a *alive) due() bool {
	if !a.question.matters || a.waiting {
		return false
	}
	return a.asked.IsZero() || time.Since(a.asked) >= a.every
}

func (a *alive) ask() error {
	a.asked, a.waiting = time.Now(), true
	_, err := a.Write(a.question.command)
	return err
}

// answered notes that the answer to the question has come.
func (a *alive) answered() { a.waiting = false }

// wait reads what comes while the server may be silent, or until the next question is due.
func (a *alive) wait(p []byte) (int, error) {
	until := a.deadline()
	if a.question.matters && !a.waiting {
		until = a.asked.Add(a.every)
	}
	if err := a.SetReadDeadline(until); err != nil {
		return 0, err
	}
	return a.Conn.Read(p)
}

// Write sends p. It has a deadline, too, in place of the one that go-redis has left.
func (a *alive) Write(p []byte) (int, error) {
	if err := a.SetWriteDeadline(a.deadline()); err != nil {
		return 0, err
	}
	return a.Conn.Write(p)
}

// deadline returns the end of what begins now.
func (a *alive) deadline() time.Time {
	if a.half == 0 {
		return time.Time{} // none
	}
	return time.Now().Add(a.half)
}
