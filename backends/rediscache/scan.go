package rediscache

import (
	"context"
	"errors"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// scanCount is how many keys of the database one SCAN looks at.
const scanCount = 1000

// batch is a part of the keys that a scan finds.
type batch struct {
	keys   []string
	server redis.Cmdable // it has the keys
}

// scan yields the keys in scope that are in the database, in batches. A key may be yielded twice. Unless kind is "", it
// yields only keys of this Redis type. An error ends it.
func (c *Cache) scan(
	ctx context.Context, op ctxcache.Operation, scope ctxcache.Scope[string], kind string,
) iter.Seq2[batch, error] {
	return func(yield func(batch, error) bool) {
		servers, err := calls.Call(ctx, c.calls, op, func(ctx context.Context) ([]redis.Cmdable, error) {
			if !c.caps.Has(ctxcache.CapKeys) || !scope.In(c.caps.Scopes()) {
				return nil, errors.ErrUnsupported
			}
			return c.servers(ctx)
		})
		if err != nil {
			yield(batch{}, err)
			return
		}
		match := literal(c.stored(scope.Prefix)) + "*"
		for _, server := range servers {
			for cursor, more := uint64(0), true; more; more = cursor != 0 {
				found, err := calls.Task[page]{
					Op: op, Server: c.serverName(server),
					Run: func(ctx context.Context) (page, error) { return scanPage(ctx, server, cursor, match, kind) },
				}.Do(ctx, c.calls)
				if err != nil {
					yield(batch{}, err)
					return
				}
				cursor = found.next
				if keys := c.inScope(found.stored, scope); len(keys) > 0 && !yield(batch{keys, server}, nil) {
					return
				}
			}
		}
	}
}

// page is the result of one SCAN.
type page struct {
	stored []string
	next   uint64 // the next cursor; 0 at the end
}

func scanPage(ctx context.Context, server redis.Cmdable, cursor uint64, match, kind string) (page, error) {
	var cmd *redis.ScanCmd
	if kind == "" {
		cmd = server.Scan(ctx, cursor, match, scanCount)
	} else {
		cmd = server.ScanType(ctx, cursor, match, scanCount, kind)
	}
	stored, next, err := cmd.Result()
	return page{stored, next}, err
}

// inScope returns the keys of stored names, without those that are not in scope, and the one that the channel needs.
func (c *Cache) inScope(stored []string, scope ctxcache.Scope[string]) []string {
	keys := stored[:0]
	for _, s := range stored {
		if key, ours := strings.CutPrefix(s, c.options.Prefix); ours && !c.channel.needs(s) && scope.Covers(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

var globs = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// literal returns a pattern that matches text. It may also match others, which inScope sorts out: a byte that is not UTF-8
// becomes a wildcard, because emulators of Redis take patterns for text.
func literal(text string) string {
	var pattern strings.Builder
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			pattern.WriteByte('?')
		} else {
			pattern.WriteString(globs.Replace(string(r)))
		}
	}
	return pattern.String()
}
