// Package store has an interface whose methods are cached.
package store

import (
	"context"
	"io"
	"time"

	teams "github.com/ctxcache/cached/cmd/cachegen/testdata/store/team"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Store -methods GetUser=1.,GetTeam=2.,Find=3.,Now=4.,Open=5.,rank=6. -codec Open

// User is a result.
type User struct {
	Name string
	Born time.Time
}

// id is a type that others cannot name.
type id string

// cached has the name that the library's package would have.
type cached struct{ Age int }

// Store is the interface.
type Store interface {
	finder
	teams.Lister
	GetUser(ctx context.Context, id id) (User, error)
	GetTeam(_ context.Context, _ string, _, args int) (*teams.Team, error)
	Now(context.Context) (time.Time, error)
	Open(ctx context.Context, path string) (io.Reader, error)
	SaveUser(ctx context.Context, user User) error
	Close() error
	rank(ctx context.Context, by map[string][2]float64, c *cached) (int, error)
}

// finder is embedded.
type finder interface {
	Find(ctx context.Context, query struct{ Name, Field string }, opts ...time.Duration) ([]User, error)
}
