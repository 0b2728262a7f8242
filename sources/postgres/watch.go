package postgres

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// The choices of this file.
//
//  (1) A goroutine reads notifications, whatever fn does. The server keeps for all what one listener has not read. If a
//      listener stopped to read, the server's queue could fill up, and then transactions that notify fail.
//  (2) So the notifications wait here. If there are too many, they become a Gap.
//  (3) Watch does not connect again. It returns, because only a return says that changes are not reported now. Notifications
//      that wait are dropped then: the Gap of the next Watch stands for them.

// Watch calls fn for each notification, one call at a time, on its own goroutine. An empty payload is an event with All. The
// first event is a Gap. Another one follows if fn is so slow that more than 65,536 notifications were waiting for it.
//
// Watch returns the error of ctx when ctx is done. It returns another error if it cannot listen, if the connection ends, or
// if the server is silent for [Options].WatchTimeout. It takes 10 seconds at most to connect. Call it again after a
// pause.
func (s *Source) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if s.invalid != nil {
		return s.fail(ctx, ctxcache.OpWatch, s.invalid)
	}
	conn, err := s.listen(ctx)
	if err != nil {
		return s.fail(ctx, ctxcache.OpWatch, err)
	}
	waiting, ended := newQueue(), make(chan struct{})
	var lost error // once ended is closed
	reading, cancel := context.WithCancel(ctx)
	go func() { // (1)
		defer close(ended)
		lost = s.read(reading, conn, waiting)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	fn(ctxcache.Event{Gap: true})
	for {
		select {
		case <-ended:
			return s.fail(ctx, ctxcache.OpWatch, lost)
		case <-waiting.wake:
		}
		payloads, gap := waiting.take()
		if gap {
			fn(ctxcache.Event{Gap: true})
		}
		for _, payload := range payloads {
			if ctx.Err() != nil || isClosed(ended) { // (3)
				break
			}
			if e, ok := s.event(payload); ok {
				fn(e)
			}
		}
	}
}

// read reads notifications until ctx is done or the connection fails. It closes the connection.
func (s *Source) read(ctx context.Context, conn *connection, waiting *queue) error {
	defer conn.close()
	defer context.AfterFunc(ctx, conn.interrupt)()
	for {
		payload, err := conn.next(ctx)
		if err != nil {
			return err
		}
		waiting.add(payload)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
