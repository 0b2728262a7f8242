package loads

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/testserver"
)

// patience is how long clients wait for a server that shares the machine.
const patience = time.Minute

// server is a Redis server of this program.
type server struct {
	client  *redis.Client
	process *exec.Cmd
}

// startServer starts a private redis-server on a free loopback port. It must be in PATH.
func startServer(ctx context.Context) (*server, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("two levels need redis-server; leave them out by -parts, or install it: %w", err)
	}
	addr, err := testserver.FreeAddr()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	process := exec.Command(path, "--bind", host, "--port", port, "--save", "", "--appendonly", "no")
	if err := process.Start(); err != nil {
		return nil, err
	}
	client := redis.NewClient(&redis.Options{
		Addr: addr, DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, PoolTimeout: patience,
	})
	s := &server{client, process}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := client.Ping(ctx).Err()
		if err == nil {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("redis-server at %s does not answer: %w", addr, err), s.close())
		case <-time.After(10 * time.Millisecond): // it is starting
		}
	}
}

// has waits until the server has so many keys: some libraries store them behind their callers.
func (s *server) has(ctx context.Context, keys int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		stored, err := s.client.DBSize(ctx).Result()
		if err != nil {
			return fmt.Errorf("redis-server has %d of %d keys: %w", stored, keys, err)
		}
		if stored >= int64(keys) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("redis-server has %d of %d keys: %w", stored, keys, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

func (s *server) close() error {
	errs := []error{s.client.Close(), s.process.Process.Kill()}
	var exit *exec.ExitError
	if err := s.process.Wait(); err != nil && !errors.As(err, &exit) { // it was killed
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
