package calls

import (
	"context"
	"maps"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Call makes a call for one key: see [Task].
func Call[T any](ctx context.Context, b *Backend, op ctxcache.Operation, run func(context.Context) (T, error)) (T, error) {
	return Task[T]{Op: op, Run: run}.Do(ctx, b)
}

// Do is [Call] for an operation without a result.
func Do(ctx context.Context, b *Backend, op ctxcache.Operation, run func(context.Context) error) error {
	_, err := Call(ctx, b, op, func(ctx context.Context) (struct{}, error) { return struct{}{}, run(ctx) })
	return err
}

// Many is [Call] for the keys of one server. Run also returns the errors of keys that failed. They become a
// [*ctxcache.ManyError]. The error that run returns is about the whole call. Run must not use slices and maps of the
// caller: the caller may leave first and change them.
func Many[T any](
	ctx context.Context, b *Backend, op ctxcache.Operation, part Part,
	run func(ctx context.Context, keys []string) (result T, failed map[string]error, err error),
) (T, error) {
	type outcome struct {
		result T
		failed map[string]error
	}
	keys := len(part.Keys)
	o, err := Task[outcome]{
		Op: op, Keys: keys, Server: part.Server,
		Run: func(ctx context.Context) (outcome, error) {
			result, failed, err := run(ctx, part.Keys)
			return outcome{result, failed}, err
		},
		Answered: func(o outcome) bool { return len(o.failed) < keys || b.anyAnswered(maps.Values(o.failed)) },
	}.Do(ctx, b)
	if err != nil {
		return o.result, err
	}
	return o.result, b.FailMany(ctx, op, o.failed)
}

// Unique returns a copy of keys without repetitions. The call may outlive its caller, and a key may be a view of a buffer
// that the caller uses again, so the keys are copies, too.
func Unique(keys []string) []string {
	all := strings.Join(keys, "") // all copies at once
	if len(keys) == 1 {
		all = strings.Clone(all) // Join does not copy a single string
	}
	seen := make(map[string]struct{}, len(keys))
	once := make([]string, 0, len(keys))
	for _, key := range keys {
		key, all = all[:len(key)], all[len(key):]
		if _, repeated := seen[key]; !repeated {
			seen[key] = struct{}{}
			once = append(once, key)
		}
	}
	return once
}
