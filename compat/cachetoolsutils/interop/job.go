package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// timeout is the time limit of each case, and of the check of each server.
const timeout = 10 * time.Second

// job has the cases to run, the operation, and the servers.
type job struct {
	op      operation
	cases   []namedCase
	servers vectors.Servers
	redis   *redis.Client // nil without --redis
}

type namedCase struct {
	id   string
	live *vectors.Live
}

// badCase is a case whose outcome was not the expected one.
type badCase struct {
	id  string
	err error
}

// newJob reads the files of cases. It returns an error if a server that they need does not answer.
func newJob(ctx context.Context, args []string) (*job, error) {
	s, err := parse(args)
	if err != nil {
		return nil, err
	}
	// Whether the bytes are the same does not depend on how fast a server answers, so the caches may use up the whole time
	// of a case.
	j := &job{op: s.op, servers: vectors.Servers{Timeout: timeout}}
	for _, path := range s.sets {
		if err := j.read(path); err != nil {
			return nil, err
		}
	}
	for _, c := range j.cases {
		if missing := c.live.Backend == "redis" && s.redis == "" || c.live.Backend == "memcached" && s.memcached == ""; missing {
			return nil, fmt.Errorf("no --%s, which %s needs", c.live.Backend, c.id)
		}
	}
	return j, j.connect(ctx, s)
}

func (j *job) read(path string) error {
	file, err := vectors.Read(path)
	if err != nil {
		return err
	}
	for _, c := range file.Cases {
		kind, err := c.Decode()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, c.ID, err)
		}
		live, ok := kind.(*vectors.Live)
		if !ok {
			return fmt.Errorf("%s: %s needs no server", path, c.ID)
		}
		j.cases = append(j.cases, namedCase{c.ID, live})
	}
	return nil
}

// connect connects to the servers that were named. It returns an error if one does not answer.
func (j *job) connect(ctx context.Context, s settings) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if s.redis != "" {
		j.redis = redis.NewClient(&redis.Options{Addr: s.redis, ContextTimeoutEnabled: true})
		j.servers.Redis = j.redis
		if err := j.redis.Ping(ctx).Err(); err != nil {
			return errors.Join(fmt.Errorf("redis: %w", err), j.close())
		}
	}
	if s.memcached != "" {
		var servers memcache.ServerList
		err := servers.SetServers(s.memcached)
		if err == nil {
			client := memcache.NewFromSelector(&servers)
			err = errors.Join(client.Ping(), client.Close())
		}
		if err != nil {
			return errors.Join(fmt.Errorf("memcached: %w", err), j.close())
		}
		j.servers.Memcached = &servers
	}
	return nil
}

// run runs every case, each with its own stack, and returns the bad cases.
func (j *job) run(ctx context.Context) []badCase {
	var bad []badCase
	for _, c := range j.cases {
		if err := j.runOne(ctx, c.live); err != nil {
			bad = append(bad, badCase{c.id, err})
		}
	}
	return bad
}

func (j *job) runOne(ctx context.Context, c *vectors.Live) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	app, err := j.servers.Open(c)
	if err != nil {
		return err
	}
	return errors.Join(j.op(app, ctx), app.Close())
}

// close closes the connections.
func (j *job) close() error {
	if j.redis == nil {
		return nil
	}
	return j.redis.Close()
}
