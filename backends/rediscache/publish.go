package rediscache

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// With Options.Channel, everything that changes a key in Redis runs as a script that also publishes the key. So a change is
// published if and only if it happened, also if the reply is lost, or if the command arrives late. A transaction could not
// promise that: if one of its commands fails, the others are carried out.
//
// The marker that GetLease makes is not published: it stands for an absent key, and other processes may keep their copies
// of a value that was evicted. Its removal is published, because others wait for that.

// when says which runs of a script are published.
type when bool

const (
	always when = true
	ifDone when = false // if the result is not 0
)

// published adds the publishing form to s.
func (s *script) published(when when) *script {
	all := len(s.names) - 1
	var source strings.Builder
	for _, name := range s.names[:all] {
		source.WriteString(luaFile(name))
	}
	source.WriteString(luaFile("publish"))
	source.WriteString("local function change()\n" + luaFile(s.names[all]) + "end\nlocal result = change()\n")
	if when == ifDone {
		source.WriteString("if result == 0 then return 0 end\n")
	}
	source.WriteString(luaFile("changed"))
	s.publishing = sourced(source.String(), nil)
	return s
}

// publishing returns call in its publishing form. Ch may be nil: then it returns call itself.
func (ch *Channel) publishing(call scriptCall) scriptCall {
	if ch == nil {
		return call
	}
	call.script = call.script.publishing
	call.more = append(slices.Clip(call.more), ch.last)
	call.args = slices.Concat(call.args, []any{ch.name, newTag()})
	return call
}

// removeOne deletes a stored key.
func (c *Cache) removeOne(ctx context.Context, stored string) command {
	if c.channel != nil {
		return c.run(ctx, c.unlinking([]string{stored}))
	}
	cmd := c.remover(ctx, stored)
	c.send(ctx, cmd)
	return cmd
}

// removePublishing deletes stored keys, and publishes that. A message has many keys. It returns the command of each key.
func (c *Cache) removePublishing(ctx context.Context, stored []string) []command {
	var scripts []scriptCall
	for part := range slices.Chunk(stored, maxTogether) {
		scripts = append(scripts, c.unlinking(part))
	}
	commands := make([]command, 0, len(stored))
	for i, cmd := range c.runAll(ctx, scripts) {
		for range scripts[i].more { // which lacks one key, and has the one of the channel
			commands = append(commands, cmd)
		}
	}
	return commands
}

// unlinking returns the script call that deletes stored keys, at least one, and publishes that.
func (c *Cache) unlinking(stored []string) scriptCall {
	return c.channel.publishing(scriptCall{script: unlinkScript, stored: stored[0], more: stored[1:]})
}

// needs reports whether ch has its last message under a stored key, which nobody else may change then: every write would
// fail from then on, or watchers would miss changes. Ch may be nil.
func (ch *Channel) needs(stored string) bool { return ch != nil && stored == ch.last }

// withoutNeeded returns keys without the one that the channel needs, and the mistake that it is.
func (c *Cache) withoutNeeded(keys []string) (others []string, mistakes map[string]error) {
	if c.channel == nil {
		return keys, nil
	}
	needed := slices.IndexFunc(keys, func(key string) bool { return c.channel.needs(c.stored(key)) })
	if needed < 0 {
		return keys, nil
	}
	return slices.Delete(slices.Clone(keys), needed, needed+1), map[string]error{keys[needed]: errChannelKey}
}

// flushPublishing deletes everything in the database, and publishes that.
func (c *Cache) flushPublishing(ctx context.Context) error {
	return refused(c.run(ctx, scriptCall{script: flushScript, stored: c.channel.last, args: []any{c.channel.name, newTag()}}).Err())
}

// misfit returns an error that wraps ctxcache.ErrOptions if Options.Channel cannot be combined with the client.
func (c *Cache) misfit() error {
	if _, single := c.client.(singleClient); c.options.Channel == "" || single {
		return nil
	}
	return fmt.Errorf("%w: Channel works with a single server, or behind Sentinel: "+
		"elsewhere a key and the channel may be on different servers", ctxcache.ErrOptions)
}
