package ctxcache

import (
	"context"
	"fmt"
	"time"
)

// CopyOptions configure [Copy]. Nil options are all the defaults.
type CopyOptions struct {
	// PerSecond is how many keys are copied per second at most, evenly. Keys that dst has already count, too. 0 is no
	// limit.
	PerSecond int

	// Batch is how many keys share the round trips, and how many values are in memory at a time. 0 means 100. With
	// PerSecond, a batch has at most the keys of a tenth of a second.
	Batch int

	// Overwrite makes Copy replace values that dst has already, but not those that are written while it copies. They may
	// be newer than the values of src. Copy cannot know that.
	Overwrite bool

	// CopyTTL caps the life of each copy, as the NearTTL of two levels does: see Meta.CopyTTL. 0 is no cap. It is for a
	// dst that does not hear of changes in src. A dst that has no place for two lives stores the shorter one.
	CopyTTL time.Duration

	// UnknownTTL is the life of copies of values whose remaining life src cannot tell. If it is 0, such values are not
	// copied, and fail with ErrTTL, because they might live longer than in src.
	UnknownTTL time.Duration

	// Progress is called after each batch, on the goroutine of the caller. Copy waits for it.
	Progress func(CopyCounts)
}

// Validate returns nil, or an [ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *CopyOptions) Validate() error {
	if o == nil {
		return nil
	}
	var name string
	switch {
	case o.PerSecond < 0:
		name = "PerSecond"
	case o.Batch < 0:
		name = "Batch"
	case o.CopyTTL < 0:
		name = "CopyTTL"
	case o.UnknownTTL < 0:
		name = "UnknownTTL"
	default:
		return nil
	}
	return fmt.Errorf("%w: CopyOptions.%s is negative", ErrOptions, name)
}

// CopyCounts says what became of the keys that a [Copy] has worked on so far.
type CopyCounts struct {
	Copied  int // stored in dst
	Present int // left alone, because dst had a value or a negative entry
	Skipped int // gone from src before they were read, or written or loaded in dst by somebody else meanwhile
	Failed  int // could not be read or stored; the error names them
}

// Copy stores the entries of src in dst, for example to warm up a new cache, or to move to another store. They keep their
// remaining lives, and everything else in [Meta] that both caches know. A value never lives longer in dst than in src,
// apart from the clock of a store that rounds up. It needs [Keys] of src; dst may be any cache. It is not a backup: keys
// that are written to src meanwhile may be missing. Keys does not list negative entries, so these are not copied.
//
// By default, Copy leaves alone what dst has. It takes a lease of dst on each key before it reads src, and fills by the
// lease. So a Set or Delete in dst wins over a copy, even between the two. A program that deletes a changed key in both
// caches deletes it in src first, because Copy could read the old value after the Delete in dst.
//
// Without [CapLease], Copy looks into dst right before it stores what it has read. A write between the two is
// overwritten, and a Delete undone. So do not change dst meanwhile.
//
// Copy goes on if keys fail: if an entry is too large for dst, say, or is corrupt in src. The error is then a
// [*ManyError] of these keys, whose number is not limited. Copy stops at an error about the cache and not about keys,
// such as ErrClosed. It also stops if 100 keys in a row fail and none succeeds, because then one of the caches is down.
// The error then wraps the cause, and the ManyError if there is one. When ctx is done, Copy returns its error, bare. It
// may need up to a second more to give back the leases of its last batch. The counts are right in every case. Keys that
// Copy has not finished are not among them, and another Copy does the rest.
//
// An entry with a Meta.CopyTTL is a copy itself, and its copy lives no longer. If dst has no place for two lives, it
// stores the shorter one.
func Copy[K comparable, V any](ctx context.Context, dst, src Cache[K, V], options *CopyOptions) (CopyCounts, error) {
	return CopyIn(ctx, dst, src, Scope[K]{}, options)
}

// CopyIn is [Copy] of the entries in scope. It returns an [errors.ErrUnsupported] if scope is not among the [Scopes] of
// src.
func CopyIn[K comparable, V any](
	ctx context.Context, dst, src Cache[K, V], scope Scope[K], options *CopyOptions,
) (CopyCounts, error) {
	if err := options.Validate(); err != nil {
		return CopyCounts{}, err
	}
	if err := ctx.Err(); err != nil {
		return CopyCounts{}, err
	}
	c := newCopying(dst, src, options)
	var keys []K // as large as a batch gets, which may be far less than its limit
	for key, err := range KeysIn(ctx, src, scope) {
		if err != nil {
			return c.ended(ctx, err)
		}
		if keys = append(keys, key); len(keys) < c.size {
			continue
		}
		if err := c.next(ctx, keys); err != nil {
			return c.ended(ctx, err)
		}
		keys = keys[:0]
	}
	if len(keys) > 0 {
		return c.ended(ctx, c.next(ctx, keys))
	}
	return c.ended(ctx, nil)
}
