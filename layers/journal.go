package layers

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// journal is where a [Debug] cache logs its operations.
type journal[K comparable] struct {
	logger *slog.Logger
	keys   bool
}

// start returns the time now, or none if nothing is to be logged; the other methods then do nothing.
func (j *journal[K]) start(ctx context.Context) time.Time {
	if !j.logger.Enabled(ctx, slog.LevelDebug) {
		return time.Time{}
	}
	return time.Now()
}

// read logs an operation that asked for one value.
func (j *journal[K]) read(ctx context.Context, op string, start time.Time, key K, err error, more ...slog.Attr) {
	if !start.IsZero() {
		j.write(ctx, op, start, result(err, "hit"), err, append(j.key(key), more...))
	}
}

// one logs another operation on one key.
func (j *journal[K]) one(ctx context.Context, op string, start time.Time, key K, err error, more ...slog.Attr) {
	if !start.IsZero() {
		j.write(ctx, op, start, result(err, "ok"), err, append(j.key(key), more...))
	}
}

// many logs an operation on many keys.
func (j *journal[K]) many(ctx context.Context, op string, start time.Time, keys []K, err error, more ...slog.Attr) {
	if start.IsZero() {
		return
	}
	attrs := []slog.Attr{slog.Int("keys", len(keys))}
	if j.keys {
		attrs = append(attrs, slog.Any("key", keys))
	}
	if many, ok := errors.AsType[*ctxcache.ManyError[K]](err); ok {
		attrs = append(attrs, slog.Int("failed", len(many.Failed)))
	}
	j.write(ctx, op, start, result(err, "ok"), err, append(attrs, more...))
}

// whole logs an operation on the whole cache.
func (j *journal[K]) whole(ctx context.Context, op string, start time.Time, err error, more ...slog.Attr) {
	if !start.IsZero() {
		j.write(ctx, op, start, result(err, "ok"), err, more)
	}
}

// key returns the key as it is to be logged.
func (j *journal[K]) key(key K) []slog.Attr {
	if !j.keys {
		return nil
	}
	return []slog.Attr{slog.Any("key", key)}
}

func (j *journal[K]) write(ctx context.Context, op string, start time.Time, result string, err error, more []slog.Attr) {
	attrs := []slog.Attr{
		slog.String("op", op),
		slog.String("result", result),
		slog.Duration("duration", time.Since(start)),
	}
	attrs = append(attrs, more...)
	if result == "error" {
		attrs = append(attrs, slog.Any("error", err))
	}
	j.logger.LogAttrs(ctx, slog.LevelDebug, "cache", attrs...)
}

// result names the outcome of an operation; success is what it is called without an error.
func result(err error, success string) string {
	switch err {
	case nil:
		return success
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
