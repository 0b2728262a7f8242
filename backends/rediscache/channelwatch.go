package rediscache

import (
	"context"
	"fmt"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Watch calls fn for every change that is published. The first event is a Gap, and so is each event after a message that
// was lost. It uses a connection of its own, with the options of the client: address, Dialer, TLS, credentials, OnConnect,
// ClientName. Hooks of the client do not see it.
//
// Watch returns the error of ctx when ctx is done, and an error that wraps ErrClosed after Close. It also returns if it
// cannot report changes: the server refuses SUBSCRIBE, the connection ends, or messages do not arrive within
// [ChannelOptions].WatchTimeout. Call it again after a pause: it does not connect again by itself, because only a return
// says that changes are not reported now. If fn is so slow that messages fill the buffer of the server
// (client-output-buffer-limit pubsub), the server ends the connection.
//
// It calls fn on its own goroutine, one call at a time, so a panic of fn is a panic of Watch. Fn may call the channel, and
// the cache. A slow fn does not hold up those who publish.
func (ch *Channel) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if err := ch.usable(ctx, ctxcache.OpWatch); err != nil {
		return err
	}
	life, end := context.WithCancel(ctx)
	defer end()
	s, err := calls.Task[*listener]{
		Op: ctxcache.OpWatch, Server: watching,
		Run: func(ctx context.Context) (*listener, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(life, cancel)() // nobody waits for the connection any more
			return ch.listen(ctx)
		},
		Late: func(s *listener) {
			if s != nil {
				s.close()
			}
		},
	}.Do(life, ch.calls)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer s.close()
	defer end()
	closing := ch.calls.Go(life, func(ctx context.Context) {
		<-ctx.Done()
		s.interrupt()
	})
	if !closing {
		return ctxcache.Fail(layer, ctxcache.OpWatch, ctxcache.ErrClosed)
	}
	running.Go(func() { s.readAll(life) })
	err = s.report(life, &running, func(e ctxcache.Event) error {
		if err := ch.calls.Usable(ctx); err != nil {
			return err
		}
		fn(e)
		return nil
	})
	return ch.calls.Fail(ctx, ctxcache.OpWatch, fmt.Errorf("the watch of the channel has ended: %w", err))
}

// listen subscribes, and then learns the last message. Everything up to it is before the first Gap. It ends with ctx.
func (ch *Channel) listen(ctx context.Context) (*listener, error) {
	s, err := ch.subscribe(ctx)
	if err != nil {
		return nil, err
	}
	l := &listener{subscription: s, messages: make(chan message), failed: make(chan error, 1), answers: make(chan reply, 1)}
	asked := false
	defer func() {
		if !asked { // an error, or a panic of a hook of the client
			s.close()
		}
	}()
	if l.last, err = ch.lastTag(ctx); err != nil {
		return nil, fmt.Errorf("the last message is not known: %w", err)
	}
	l.unheard, asked = true, true
	return l, nil
}

// lastTag asks the server for the tag of the last message. If the server knows of none, the question sends an empty one. It
// returns "" if the account may not do that.
func (ch *Channel) lastTag(ctx context.Context) (string, error) {
	cmd := runScript(ctx, ch.client, scriptCall{script: lastScript, stored: ch.last, args: []any{ch.name, newTag()}})
	tag, err := cmd.Text()
	if isNil(err) {
		return "", nil
	}
	return tag, err
}
