package rediscache

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// check returns warnings about what the server refuses to the account of the client. It sends an empty message, which
// watchers skip, and subscribes for a moment.
func (ch *Channel) check(ctx context.Context) (warnings []ctxcache.Warning, err error) {
	warn := func(format string, args ...any) {
		warnings = append(warnings, ctxcache.Warning{Code: "forbidden_channel", Text: fmt.Sprintf(format, args...)})
	}
	switch err := runScript(ctx, ch.client, ch.message("")).Err(); {
	case refuses(err):
		warn("the server refuses to publish on the channel %q, so every write fails. Allow the account EVAL, EVALSHA, PUBLISH, "+
			"HGET and HSET, the channel, and the key %q", ch.name, ch.last)
	case err != nil:
		return nil, err
	}
	s, err := ch.subscribe(ctx)
	switch {
	case err == nil:
		s.close()
	case refuses(err):
		warn("the server refuses SUBSCRIBE to the channel %q, so a near cache that follows this one is not used. Allow this", ch.name)
	default:
		return warnings, err
	}
	return warnings, nil
}
