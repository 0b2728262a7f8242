//go:build postgres

package postgres_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// server is a PostgreSQL server of the test's own.
type server struct {
	t       testing.TB
	dir     string
	port    int
	as      *syscall.SysProcAttr // initdb and postgres refuse to run as root
	process *exec.Cmd
	exited  chan struct{} // closed when process has exited
}

// watcher is the application_name of connections that watch.
const watcher = "watcher"

func startServer(t testing.TB) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "postgres") //nolint:usetesting // the account of the server cannot enter the folder of the test
	must(t, err)
	s := &server{t: t, dir: dir, port: freePort(t), as: &syscall.SysProcAttr{}}
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	if os.Getuid() == 0 {
		account, err := user.Lookup("postgres")
		must(t, err)
		uid, err := strconv.Atoi(account.Uid)
		must(t, err)
		gid, err := strconv.Atoi(account.Gid)
		must(t, err)
		must(t, os.Chown(dir, uid, gid))
		s.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	initdb := s.command("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "-D", s.data())
	if output, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	s.start()
	t.Cleanup(func() { s.stop(syscall.SIGQUIT) })
	return s
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

// command returns a command of the newest PostgreSQL that is installed.
func (s *server) command(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	must(s.t, err)
	if path, err := exec.LookPath(name); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		s.t.Fatalf("%s is not installed: run make postgres", name)
	}
	slices.Sort(found)
	c := exec.Command(found[len(found)-1], args...)
	c.Dir, c.SysProcAttr = s.dir, s.as
	return c
}

// start starts the server, and returns when it answers. It starts it again if it has exited: processes of a server that
// was killed may be left for a moment. The pools forget their connections, which are dead.
func (s *server) start(pools ...*pgxpool.Pool) {
	s.t.Helper()
	for _, pool := range pools {
		pool.Reset()
	}
	s.await("the server answers", func(ctx context.Context) bool {
		if s.process == nil {
			s.process = s.command("postgres", "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir,
				"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
			must(s.t, s.process.Start())
			s.exited = make(chan struct{})
			go func(process *exec.Cmd, exited chan struct{}) {
				defer close(exited)
				_ = process.Wait() // the error is how the server has ended, and tests end it in every way
			}(s.process, s.exited)
		}
		select {
		case <-s.exited:
			s.process = nil
			return false
		default:
		}
		pool, err := pgxpool.New(ctx, s.url("start"))
		must(s.t, err)
		defer pool.Close()
		return pool.Ping(ctx) == nil
	})
}

// stop ends the server with a signal: SIGINT cuts its connections, SIGQUIT makes it exit at once.
func (s *server) stop(signal syscall.Signal) {
	s.t.Helper()
	if s.process != nil {
		must(s.t, s.process.Process.Signal(signal))
		<-s.exited
		s.process = nil
	}
}

func (s *server) url(application string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable&application_name=%s", s.port, application)
}

// pool returns a pool whose connections have this application_name.
func (s *server) pool(t testing.TB, application string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), s.url(application)) // it lives until the cleanup, after the test's context
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// watchers returns the processes of the server that have connections which listen.
func (s *server) watchers(ctx context.Context, pool *pgxpool.Pool) []int {
	s.t.Helper()
	rows, err := pool.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle' AND query ~ '^(LISTEN|--)'", watcher)
	must(s.t, err)
	defer rows.Close()
	var pids []int
	for rows.Next() {
		var pid int
		must(s.t, rows.Scan(&pid))
		pids = append(pids, pid)
	}
	must(s.t, rows.Err())
	return pids
}

// await waits until done reports true.
func (s *server) await(what string, done func(ctx context.Context) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // also used in cleanups
	defer cancel()
	for !done(ctx) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
