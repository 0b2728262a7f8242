package rediscache_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// recorder is a go-redis hook that records what is sent: one line a round trip.
type recorder struct {
	mu    sync.Mutex
	trips []string
}

// record returns a recorder of what client sends from now on, by hand or in a pipeline.
func record(client redis.UniversalClient) *recorder {
	r := &recorder{}
	client.AddHook(r)
	return r
}

func (r *recorder) add(commands ...redis.Cmder) {
	var names []string
	for _, cmd := range commands {
		if name := cmd.Name(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trips = append(r.trips, strings.Join(names, " "))
}

// take returns what was sent since the last take.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	trips := r.trips
	r.trips = nil
	return trips
}

func (r *recorder) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (r *recorder) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		r.add(cmd)
		return next(ctx, cmd)
	}
}

func (r *recorder) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		r.add(cmds...)
		return next(ctx, cmds)
	}
}

// forgetful is a go-redis hook that loses the first answer about a stored key.
type forgetful struct {
	stored string
	once   sync.Once
}

func (f *forgetful) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *forgetful) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (f *forgetful) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if isAbout(cmd, f.stored) {
				f.once.Do(func() { cmd.SetErr(io.ErrUnexpectedEOF) })
			}
		}
		return err
	}
}

// isAbout reports whether a command has a stored key.
func isAbout(cmd redis.Cmder, stored string) bool {
	return slices.ContainsFunc(cmd.Args(), func(arg any) bool { return fmt.Sprint(arg) == stored })
}
