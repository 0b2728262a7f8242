package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// call makes a call for one key. Run gets the stored key, and talks to its server.
func call[T any](ctx context.Context, s *store, op ctxcache.Operation, key string, run func(stored string) (T, error)) (T, error) {
	var none T
	if err := s.calls.Usable(ctx); err != nil {
		return none, ctxcache.Fail(layer, op, err)
	}
	stored, err := s.stored(key)
	if err != nil {
		return none, ctxcache.Fail(layer, op, err)
	}
	return calls.Task[T]{
		Op: op, Server: s.serverOf(stored),
		Run: func(context.Context) (T, error) { return run(stored) },
	}.Do(ctx, s.calls)
}

// exchange makes an exchange that should end its lease.
func (s *store) exchange(ctx context.Context, op ctxcache.Operation, x *exchange) error {
	server := ""
	if x.lease != nil {
		server = s.serverOf(x.lease.stored)
	}
	_, err := calls.Task[struct{}]{Op: op, Server: server, Run: func(context.Context) (struct{}, error) {
		s.swapAll(x)
		err := x.spent()
		if op == ctxcache.OpDrop {
			err = refused(err)
		}
		return struct{}{}, err
	}}.Do(ctx, s.calls)
	return err
}

// serverOf returns the name of the server of a stored key, or "" if the selector has none. The call then fails when it
// asks the selector again. The breaker needs the name before the call, so the selector runs on the caller's goroutine.
func (s *store) serverOf(stored string) string {
	addr, err := s.servers.PickServer(stored)
	if err != nil {
		return ""
	}
	return serverName(addr)
}
