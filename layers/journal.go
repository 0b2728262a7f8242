package layers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// journal logs the operations of a [Debug] cache.
type journal[K comparable] struct {
	logger   *slog.Logger
	keys     bool
	messages bool // of errors, as they are
}

func (j journal[K]) enabled(ctx context.Context) bool { return j.logger.Enabled(ctx, slog.LevelDebug) }

// Before returns the current time, or the zero time if the logger does not log debug messages.
func (j journal[K]) Before(ctx context.Context, _ ctxcache.Call[K]) (context.Context, time.Time) {
	if !j.enabled(ctx) {
		return ctx, time.Time{}
	}
	return ctx, time.Now()
}

// After logs call as one line.
func (j journal[K]) After(ctx context.Context, call ctxcache.Call[K], start time.Time, outcome ctxcache.Outcome) {
	if start.IsZero() {
		return
	}
	took := time.Since(start)
	result := result[K](call.Op, outcome.Err)
	attrs := []slog.Attr{
		slog.String("op", string(call.Op)),
		slog.String("result", result),
		slog.Duration("duration", took),
	}
	attrs = append(attrs, j.subject(call)...)
	if many, ok := errors.AsType[*ctxcache.ManyError[K]](outcome.Err); ok {
		attrs = append(attrs, slog.Int("failed", len(many.Failed)))
	}
	attrs = append(attrs, details(call, outcome)...)
	if result == "error" {
		attrs = append(attrs, slog.String("error", j.text(outcome.Err)))
	}
	j.logger.LogAttrs(ctx, slog.LevelDebug, "cache", attrs...)
}

// text returns what is logged of err.
func (j journal[K]) text(err error) string {
	if j.messages || err == ctxcache.ErrUnreturned {
		return fmt.Sprint(err) // a panic of the error's own methods becomes a text
	}
	return ctxcache.DiscreetText(err)
}

// subject returns what call is about: the number of keys for a call for many, and the keys if keys are logged. These are
// copies: a handler may keep them for longer than the caller keeps the buffer that a key is a view of.
func (j journal[K]) subject(call ctxcache.Call[K]) (attrs []slog.Attr) {
	switch {
	case call.Op.Whole():
		return nil
	case call.Op.Many():
		attrs = []slog.Attr{slog.Int("keys", call.Len())}
		if j.keys {
			attrs = append(attrs, slog.Any("key", own.Copy(slices.Collect(call.Keys()))))
		}
	default:
		if j.keys {
			attrs = []slog.Attr{slog.Any("key", own.Copy(call.Key))}
		}
	}
	return attrs
}

// details returns the attributes that only some operations have, such as a TTL or the number of entries found.
func details[K comparable](call ctxcache.Call[K], outcome ctxcache.Outcome) []slog.Attr {
	switch call.Op {
	case ctxcache.OpContains:
		return []slog.Attr{slog.Bool("there", outcome.Was)}
	case ctxcache.OpRemove:
		return []slog.Attr{slog.Bool("was", outcome.Was)}
	case ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpFill:
		return []slog.Attr{slog.Duration("ttl", call.TTL)}
	case ctxcache.OpLen, ctxcache.OpKeys:
		return []slog.Attr{slog.Int("entries", outcome.Values)}
	case ctxcache.OpGetEntries:
		return []slog.Attr{slog.Int("found", outcome.Values+outcome.Negatives)}
	case ctxcache.OpGetLease:
		return []slog.Attr{slog.Bool("granted", outcome.Granted > 0)}
	case ctxcache.OpGetLeases:
		return []slog.Attr{slog.Int("found", outcome.Values+outcome.Negatives), slog.Int("granted", outcome.Granted)}
	default:
		return nil
	}
}

// result returns one word for how an operation ended.
func result[K comparable](op ctxcache.Operation, err error) string {
	if (op == ctxcache.OpFillMany || op == ctxcache.OpReleaseMany) && err != nil && ctxcache.UnlessLost[K](err) == nil {
		return "lost"
	}
	switch err {
	case nil:
		if op == ctxcache.OpGet || op == ctxcache.OpGetEntry || op == ctxcache.OpGetLease {
			return "hit"
		}
		return "ok"
	case ctxcache.ErrMiss:
		return "miss"
	case ctxcache.ErrNotFound:
		return "negative"
	case ctxcache.ErrLeaseLost:
		return "lost"
	case errors.ErrUnsupported:
		return "unsupported"
	default:
		return "error"
	}
}
