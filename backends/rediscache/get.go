package rediscache

import (
	"bytes"
	"cmp"
	"context"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Concurrent Gets share round trips, by pipelines, over a client that sends all keys to one server. Over a Cluster or a
// Ring each Get takes a round trip: go-redis runs their pipelines on goroutines of its own, where the panic of a hook
// would end the process.

// get is a GET with its reply. Unlike [command], it does not copy the value, which may be large.
type get struct {
	*redis.StringCmd
	key     keyArg
	args    [2]any
	written atomic.Bool // by default the flag of key
}

func newGet(ctx context.Context, stored string) *get {
	g := new(get)
	g.key = keyArg{stored: stored, written: &g.written}
	g.args = [2]any{"get", &g.key}
	g.StringCmd = redis.NewStringCmd(ctx, g.args[:]...)
	g.SetStepCount(oneKey)
	return g
}

// NoRetry is for go-redis: see sendable.
func (g *get) NoRetry() bool { return !g.key.written.Load() }

// answerGets reads the keys of gets. It answers an outage, too.
func (c *Cache) answerGets(ctx context.Context, gets []*calls.Read) {
	if err := c.learnSlots(ctx); err != nil {
		for _, r := range gets {
			r.Err = err
		}
		return
	}
	if len(gets) == 1 { // go-redis would dial a connection for pipelines
		r := gets[0]
		r.Value, r.Err = c.get(ctx, r.Key)
		return
	}
	sent := make([]*get, len(gets))
	pipe := c.client.Pipeline()
	for i, r := range gets {
		sent[i] = newGet(ctx, r.Key)
		sent[i].key.written = &sent[0].written // if the connection breaks while they are written, all of them are sent again
		sent[i].SetErr(errNoReply)             // if a server refuses a new connection by an answer, go-redis sends nothing
		_ = pipe.Process(ctx, sent[i])         // it only queues
	}
	_, failure := pipe.Exec(ctx)
	for i, r := range gets {
		if sent[i].Err() == errNoReply {
			sent[i].SetErr(cmp.Or(failure, errNoReply))
		}
		r.Value, r.Err = sent[i].value()
	}
	c.resolveGets(ctx, gets)
}

// resolveGets reads those keys again that are not strings, in one round trip. Each of them would otherwise take its own,
// and all Gets would wait for the last.
func (c *Cache) resolveGets(ctx context.Context, gets []*calls.Read) {
	var stored []string
	for _, r := range gets {
		if r.Err == errWrongType {
			stored = append(stored, r.Key)
		}
	}
	if len(stored) == 0 {
		return
	}
	stored = calls.Unique(stored)
	found := make(map[string]read, len(stored))
	for i, r := range c.classifiedAll(ctx, stored) {
		found[stored[i]] = r
	}
	for _, r := range gets {
		if r.Err == errWrongType {
			is := found[r.Key]
			r.Value, r.Err = bytes.Clone(is.entry.Value), is.err // a value that came meanwhile: each caller gets its own
		}
	}
}

// get reads a stored key.
func (c *Cache) get(ctx context.Context, stored string) ([]byte, error) {
	g := newGet(ctx, stored)
	_ = c.client.Process(ctx, g) // g has the error
	value, err := g.value()
	if err == errWrongType {
		r := c.classified(ctx, stored)
		return r.entry.Value, r.err
	}
	return value, err
}

// value returns the value that g has read. A key that is not a string has the error errWrongType.
func (g *get) value() ([]byte, error) {
	value, err := g.Bytes()
	switch {
	case err == redis.Nil:
		return nil, ctxcache.ErrMiss
	case redis.HasErrorPrefix(err, "WRONGTYPE"):
		return nil, errWrongType
	}
	return value, err
}

// classified reads a stored key that was not a string.
func (c *Cache) classified(ctx context.Context, stored string) read {
	return c.classifiedAll(ctx, []string{stored})[0]
}

// classifiedAll is classified for many keys, in one round trip per server.
func (c *Cache) classifiedAll(ctx context.Context, stored []string) []read {
	if c.options.Plain {
		return c.classify(ctx, stored)
	}
	return c.entriesByScript(ctx, stored)
}

// values reads stored keys without their lives, in one round trip. Keys that MGET has no values for take another one.
func (c *Cache) values(ctx context.Context, stored []string) []read {
	if !c.oneServer() || c.options.Plain || len(stored) > maxTogether {
		return c.entries(ctx, stored)
	}
	args := make([]any, 1+len(stored))
	args[0] = "mget"
	for i, s := range stored {
		args[1+i] = s
	}
	written := new(atomic.Bool)
	args[1] = &keyArg{stored: stored[0], written: written}
	mget := redis.NewRawCmd(ctx, args...)
	_ = c.client.Process(ctx, sendable{Cmder: mget, written: written}) // mget has the error
	reads := make([]read, len(stored))
	reply := raw{rest: mget.Val()}
	if err := mget.Err(); err != nil {
		for i := range reads {
			reads[i].err = err
		}
		return reads
	}
	var others []int
	reply.array(len(stored))
	var room blocks // a value must not keep all the others in memory
	for i := range reads {
		value, has := reply.value()
		if !has {
			others = append(others, i)
			continue
		}
		reads[i].entry.Value = room.clone(value, len(reads)-i)
	}
	if reply.bad { // the server refuses MGET
		return c.entries(ctx, stored)
	}
	names := make([]string, len(others))
	for j, i := range others {
		names[j] = stored[i]
	}
	if len(names) > 0 {
		for j, r := range c.entries(ctx, names) {
			reads[others[j]] = r
		}
	}
	return reads
}
