package rediscache

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// put is a write that no lease fences. If it fails, the old value must not stay: everybody would go on to read it.
//
//   - If a server answers with an error, for example because its memory is full, the key is deleted, by the same call.
//     If the server refuses that, too, the old value stays, and the error wraps [ctxcache.ErrRefused]. If the deletion
//     fails for another reason, undo tries it again.
//   - If the outcome is unknown, the write may arrive later, after a Delete or a newer Set. So the key is deleted at
//     once, and again after the client's timeouts: see undo and mayArrive.
//   - If the write has not begun in time, the key is deleted in the same way: see writing.
//   - If it has begun, and nothing was sent, nothing is done.
type put struct {
	key, stored string
	value       []byte
	negative    bool
	ttl         time.Duration // in whole milliseconds
	written     *atomic.Bool  // whether it may have been sent
	channel     *Channel      // on which it is published; may be nil
}

func (c *Cache) newPut(key string, e ctxcache.Entry[[]byte], ttl time.Duration) put {
	key = strings.Clone(key) // see stored
	return put{key, c.stored(key), e.Value, e.Absent, ttl, new(atomic.Bool), c.channel}
}

// command returns the command that stores the entry. It is sent once. A script is called by its hash.
func (p put) command(ctx context.Context) command {
	if p.scripted() {
		return p.script().byHash(ctx)
	}
	args := []any{sent{p.value, p.written}}
	if p.ttl != ctxcache.NoExpiry {
		args = append(args, "px", p.ttl.Milliseconds())
	}
	cmd := newCommand(ctx, "set", p.stored, args...)
	cmd.once = true
	return cmd
}

// scripted reports whether the entry is stored by a script.
func (p put) scripted() bool { return p.negative || p.channel != nil }

// script returns the script call that stores the entry. It is sent once.
func (p put) script() scriptCall {
	life := sent{[]byte(lifeArg(p.ttl)), p.written}
	call := scriptCall{script: setScript, stored: p.stored, args: []any{p.value, life}, once: true}
	if p.negative {
		call.script, call.args = negativeScript, []any{life}
	}
	return p.channel.publishing(call)
}

// set stores e under key, by op.
func (c *Cache) set(ctx context.Context, op ctxcache.Operation, key string, e ctxcache.Entry[[]byte]) (err error) {
	ttl, err := c.ttl(e)
	if err != nil {
		return c.reject(ctx, op, err)
	}
	p := c.newPut(key, e, ttl)
	puts := []put{p}
	w := writing{undo: c.undo}
	defer func() { w.leave(slices.Values(puts), err) }()
	return c.do(ctx, op, p.stored, func(ctx context.Context) error {
		return w.carryOut(puts, func() map[string]error { return c.putAll(ctx, puts) })[p.key]
	})
}

// reject returns the error of op for a mistake that was found before anything is sent.
func (c *Cache) reject(ctx context.Context, op ctxcache.Operation, mistake error) error {
	if err := c.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	return c.calls.Fail(ctx, op, mistake)
}

// putAll carries out puts, in one round trip per server. A second one sends the source of a script that a server did not
// know. It returns the errors by key.
func (c *Cache) putAll(ctx context.Context, puts []put) (failed map[string]error) {
	commands := make([]command, len(puts))
	for i, p := range puts {
		commands[i] = p.command(ctx)
	}
	if len(commands) == 1 { // go-redis would dial a connection for pipelines
		c.send(ctx, commands[0])
	} else {
		c.pipeline(ctx, c.client, commands)
	}
	c.sendSources(ctx, commands, func(i int) scriptCall { return puts[i].script() })
	failed = make(map[string]error)
	var answered []put
	var unknown []string
	for i, p := range puts {
		err := commands[i].Err()
		switch {
		case err == nil:
			continue
		case p.scripted() && lacksScripts(err):
			needy := "negative entries need"
			if p.channel != nil {
				needy = "Options.Channel needs"
			}
			err = fmt.Errorf("%s scripts, which the server refuses: %w", needy, err)
			answered = append(answered, p)
		case !mayArrive(err):
			answered = append(answered, p)
		case p.written.Load():
			unknown = append(unknown, p.stored)
		}
		failed[p.key] = err
	}
	c.undo.unknown(unknown)
	var stay []string
	for i, cmd := range c.remove(ctx, c.client, storedKeys(answered)) {
		p, err := answered[i], cmd.Err()
		failed[p.key] = stays(failed[p.key], err)
		if err != nil && !refuses(err) {
			stay = append(stay, p.stored)
		}
	}
	c.undo.known(stay)
	return failed
}

// stays returns the error of a write that was answered with failure, after a deletion that ended with err.
func stays(failure, err error) error {
	switch {
	case err == nil:
		return failure
	case !refuses(err):
		return fmt.Errorf("%w; the old value could not be deleted: %w", failure, err)
	case err.Error() == failure.Error(): // who refuses everything says so once
		return refused(failure)
	}
	return fmt.Errorf("%w: %w; %w", ctxcache.ErrRefused, failure, err)
}

// storedKeys returns the stored keys of puts.
func storedKeys(puts []put) []string {
	names := make([]string, len(puts))
	for i, p := range puts {
		names[i] = p.stored
	}
	return names
}
