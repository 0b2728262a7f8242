//go:build postgres

package postgres_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
	"github.com/ctxcache/cached/sources/postgres"
)

// newTable makes a table whose rows have a name and a value, with the triggers of the package's doc. It returns the name of
// the table, which is the channel's, too.
func newTable(t *testing.T, pool *pgxpool.Pool) string {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	must(t, err)
	_, text, _ := strings.Cut(string(doc), "# The trigger")
	text, _, _ = strings.Cut(text, "# What it costs")
	sql := "CREATE TABLE users (name text PRIMARY KEY, value int);\n"
	for line := range strings.Lines(text) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			sql += code
		}
	}
	table := fmt.Sprintf("users%d", tables.Add(1))
	execute(t, pool, strings.ReplaceAll(sql, "users", table))
	return table
}

var tables atomic.Int64 // so far

func execute(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql, args...)
	must(t, err)
}

// TestSource runs the suite for sources on a server.
func TestSource(t *testing.T) {
	s := startServer(t)
	admin := s.pool(t, "admin")
	cachetest.RunSource(t, func(t *testing.T) cachetest.Stream {
		table := newTable(t, admin)
		insert := "INSERT INTO " + table + " (name) VALUES ($1)"
		return cachetest.Stream{
			Source: postgres.Listen(s.pool(t, watcher), table, nil),
			Change: func(ctx context.Context, key string) error {
				_, err := admin.Exec(ctx, insert, key)
				return err
			},
			Begin: func(ctx context.Context, key string) (func(bool) error, error) {
				tx, err := admin.Begin(ctx)
				if err != nil {
					return nil, err
				}
				_, err = tx.Exec(ctx, insert, key)
				return func(happens bool) error {
					if !happens {
						return tx.Rollback(ctx)
					}
					return tx.Commit(ctx)
				}, err
			},
			Cuts: map[string]func(t *testing.T) func(){
				"terminated": func(t *testing.T) func() {
					execute(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", watcher)
					return func() {}
				},
				"restarted": func(*testing.T) func() {
					s.stop(syscall.SIGINT)
					return func() { s.start(admin) }
				},
				"killed": func(*testing.T) func() {
					s.stop(syscall.SIGKILL)
					return func() { s.start(admin) }
				},
				"process hangs": func(t *testing.T) func() {
					pids := s.watchers(t.Context(), admin)
					for _, pid := range pids {
						must(t, syscall.Kill(pid, syscall.SIGSTOP))
					}
					return func() {
						for _, pid := range pids {
							must(t, syscall.Kill(pid, syscall.SIGCONT))
						}
					}
				},
			},
		}
	})
	s.await("no connection is left", func(ctx context.Context) bool { return len(s.watchers(ctx, admin)) == 0 })
}

// TestRows checks which events the changes of rows make, with the triggers of the package's doc.
func TestRows(t *testing.T) {
	s := startServer(t)
	admin := s.pool(t, "admin")
	table := newTable(t, admin)
	events := make(chan ctxcache.Event, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- postgres.Listen(s.pool(t, watcher), table, nil).Watch(ctx, func(e ctxcache.Event) { events <- e })
	}()
	defer func() {
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("Watch = %v", err)
		}
	}()
	if e := <-events; !e.Gap {
		t.Fatalf("the first event is %+v", e)
	}
	long := strings.Repeat("ä", 4000) // 8,000 bytes
	for _, test := range []struct {
		sql  string
		want []string
	}{
		{"INSERT INTO users VALUES ('ada', 1), ('eve', 1)", []string{"ada", "eve"}},
		{"UPDATE users SET value = 2 WHERE name = 'ada'", []string{"ada"}},
		{"UPDATE users SET value = 3", []string{"ada", "eve"}},
		{"UPDATE users SET name = 'bob' WHERE name = 'ada'", []string{"ada", "bob"}},
		{"BEGIN; DELETE FROM users WHERE name = 'bob'; INSERT INTO users VALUES ('mallory', 1); ROLLBACK", nil},
		{"BEGIN; DELETE FROM users WHERE name = 'bob'; SAVEPOINT s; DELETE FROM users; ROLLBACK TO s; COMMIT", []string{"bob"}},
		{"UPDATE users SET value = 1 WHERE name = 'nobody'", nil},
		{"INSERT INTO users VALUES ('Ärger ''und'' \"\\', 1)", []string{`Ärger 'und' "\`}},
		{"INSERT INTO users VALUES ('" + long + "', 1)", []string{"*"}},
		{"TRUNCATE users", []string{"*"}},
	} {
		execute(t, admin, strings.ReplaceAll(test.sql, "users", table))
		execute(t, admin, "SELECT pg_notify($1, 'last')", table)
		var got []string
		for e := <-events; e.Key != "last"; e = <-events {
			if e.All {
				got = append(got, "*")
			} else {
				got = append(got, e.Key.(string))
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%.60s: %q, want %q", test.sql, got, test.want)
		}
	}
}

// TestTwoLevels checks that cached functions return the new row soon after the commit, in two processes with one far
// cache, also after a restart of the server, and if the connection of one process hangs.
func TestTwoLevels(t *testing.T) {
	s := startServer(t)
	admin := s.pool(t, "admin")
	table := newTable(t, admin)
	load := func(ctx context.Context, name string) (value int, err error) {
		err = admin.QueryRow(ctx, "SELECT value FROM "+table+" WHERE name = $1", name).Scan(&value)
		return value, err
	}
	far := memory.New[string, int](nil)
	var processes []*cached.Function[string, int]
	for range 2 {
		c := twolevel.New(memory.New[string, int](nil), far, &twolevel.Options{
			Follow: postgres.Listen(s.pool(t, watcher), table, &postgres.Options{WatchTimeout: time.Second}),
		})
		t.Cleanup(func() { must(t, c.Close()) })
		processes = append(processes, cached.Func(c, load, &cached.Options{TTL: time.Hour}))
	}
	s.await("both processes listen", func(ctx context.Context) bool { return len(s.watchers(ctx, admin)) == len(processes) })
	execute(t, admin, "INSERT INTO "+table+" VALUES ('ada', 0)")
	value := 0
	for name, disturb := range map[string]func() (end func()){
		"nothing": func() func() { return func() {} },
		"a restart": func() func() {
			s.stop(syscall.SIGINT)
			s.start(admin)
			return func() {}
		},
		"one of them hung": func() func() {
			pid := s.watchers(t.Context(), admin)[0]
			must(t, syscall.Kill(pid, syscall.SIGSTOP))
			return func() { must(t, syscall.Kill(pid, syscall.SIGCONT)) }
		},
	} {
		for _, f := range processes {
			s.await("near has a copy", func(ctx context.Context) bool {
				got, err := f.Get(ctx, "ada")
				return err == nil && got == value
			})
		}
		end := disturb()
		// What changes while nobody listens is not missed by near, but by far.
		s.await("both processes listen", func(ctx context.Context) bool { return len(s.watchers(ctx, admin)) == len(processes) })
		value++
		execute(t, admin, "UPDATE "+table+" SET value = $1", value)
		for i, f := range processes {
			s.await(fmt.Sprintf("process %d has the new row, after %s", i, name), func(ctx context.Context) bool {
				got, err := f.Get(ctx, "ada")
				return err == nil && got == value
			})
		}
		end()
	}
}

// TestWritersDoNotWait checks that a function that never returns leaves nothing in the server's queue, which would
// make transactions fail once it is full.
func TestWritersDoNotWait(t *testing.T) {
	s := startServer(t)
	admin := s.pool(t, "admin")
	release, began, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	first := sync.OnceFunc(func() { close(began) })
	go func() {
		ended <- postgres.Listen(s.pool(t, watcher), "users", nil).Watch(ctx, func(ctxcache.Event) {
			first()
			<-release
		})
	}()
	<-began
	for range 10 {
		execute(t, admin, "SELECT pg_notify('users', repeat(md5(n::text), 200)) FROM generate_series(1, 3000) n")
	}
	s.await("the queue is empty", func(ctx context.Context) bool {
		var usage float64
		must(t, admin.QueryRow(ctx, "SELECT pg_notification_queue_usage()").Scan(&usage))
		return usage == 0
	})
	cancel()
	close(release)
	if err := <-ended; err != context.Canceled {
		t.Errorf("Watch = %v", err)
	}
}
