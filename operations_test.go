package cached_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// The code of docs/operations.md.

type transaction interface {
	Commit(ctx context.Context) error
}

func rename(ctx context.Context, tx transaction, users *cached.Function[string, User], name string) error {
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	_, err := users.Delete(context.WithoutCancel(ctx), name)
	return err
}

func shutdown(ctx context.Context, users *cached.Function[string, User]) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return ctxcache.CloseAll(ctx, users)
}

func warn(ctx context.Context, users *cached.Function[string, User]) {
	warnings, err := ctxcache.Check(ctx, users)
	for _, w := range warnings {
		slog.Warn(w.Text, "code", w.Code, "node", w.Node)
	}
	if err != nil {
		slog.Warn("Some nodes could not be checked", "err", err)
	}
}

func newUsers() *cached.Function[string, User] {
	store := memory.New(&memory.Options[string, User]{MaxEntries: 100})
	return cached.Func(store, db.UserByName, &cached.Options{Name: "users", TTL: time.Minute})
}

// committed is a transaction that is committed, and whose caller then leaves.
type committed struct{ leave context.CancelFunc }

func (c committed) Commit(context.Context) error {
	c.leave()
	return nil
}

func TestDeleteAfterTheCommitDoesNotNeedItsCaller(t *testing.T) {
	users := newUsers()
	if _, err := users.Get(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	if err := rename(ctx, committed{leave}, users, "ada"); err != nil {
		t.Error(err)
	}
	if has, err := users.Contains(t.Context(), "ada"); has || err != nil {
		t.Errorf("Contains: %v, %v", has, err)
	}
}

func ExampleFunction_Close() {
	ctx := context.Background()
	users := newUsers()
	warn(ctx, users) // nothing
	fmt.Println(users.Get(ctx, "ada"))
	fmt.Println(shutdown(ctx, users))
	_, err := users.Get(ctx, "ada")
	fmt.Println(errors.Is(err, ctxcache.ErrClosed))
	// Output:
	// asking the database for ada
	// {Ada Lovelace computing} <nil>
	// <nil>
	// true
}
