package postgres_test

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
	"github.com/ctxcache/cached/sources/postgres"
)

// With the triggers of the package's doc, a user who has changed in the database leaves near and far.
func ExampleListen() {
	cacheUsers := func(pool *pgxpool.Pool, near, far ctxcache.Cache[string, int]) (*cached.Function[string, int], error) {
		users := twolevel.New(near, far, &twolevel.Options{
			Follow:   postgres.Listen(pool, "users", nil),
			MaxStale: 5 * time.Second,
		})
		if _, err := ctxcache.Check(context.Background(), users); err != nil {
			return nil, err
		}
		return cached.Func(users, func(ctx context.Context, name string) (value int, err error) {
			err = pool.QueryRow(ctx, "SELECT value FROM users WHERE name = $1", name).Scan(&value)
			return value, err
		}, &cached.Options{TTL: time.Hour}), nil
	}
	_ = cacheUsers // a program calls it with its pool
}
