package leaseholder

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/testserver"
)

// Filler fills the lease that a process holds.
type Filler func(ctx context.Context, e ctxcache.Entry[[]byte]) error

// Taker takes the lease that a holder is to have, and returns what fills it. Its arguments come from Start. The lease
// is for a load under ctx, and so is renewed for as long as the process lives.
type Taker func(ctx context.Context, args []string) (Filler, error)

// Holder is a process that holds a lease. Pause, Resume and Stop work as on a server; Stop kills it, by SIGKILL, and
// returns when it is gone.
type Holder struct {
	*testserver.Server
	t testing.TB
}

// role is the first argument of a test binary that is to be a holder; its address, and what Start was given, follow.
const role = "leaseholder"

// Main does nothing in a process that is to run tests. In one that is to hold a lease it takes it, does what
// its Holder says, and does not return.
func Main(take Taker) {
	if len(os.Args) < 3 || os.Args[1] != role {
		return
	}
	fmt.Fprintln(os.Stderr, serve(os.Args[2], take, os.Args[3:]))
	os.Exit(1)
}

// serve takes the lease, and fills it for those who connect to addr.
func serve(addr string, take Taker, args []string) error {
	// The process's own context, which ends when it is killed. One that could never end would keep no lease alive.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	fill, err := take(ctx, args)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		if value, err := bufio.NewReader(conn).ReadString('\n'); err == nil { // or else it was only a look if we are here
			err := fill(ctx, ctxcache.NewEntry([]byte(strings.TrimSuffix(value, "\n")), 0))
			_, _ = fmt.Fprintln(conn, err) // the other end misses it if it does not arrive
		}
		_ = conn.Close()
	}
}

// Start starts a holder, and returns when it has the lease. It ends with the test.
func Start(t testing.TB, args ...string) *Holder {
	t.Helper()
	kind := testserver.Kind{
		Binary: os.Args[0],
		Args: func(host, port, _ string) []string {
			return append([]string{role, net.JoinHostPort(host, port)}, args...)
		},
		Answers: answers,
	}
	return &Holder{Server: kind.Start(t), t: t}
}

// answers reports whether the holder at addr has its lease.
func answers(ctx context.Context, addr string, _ int) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// Fill makes the holder fill its lease with a value of one line, and returns what its Fill did, be it ErrLeaseLost.
func (h *Holder) Fill(value string) error {
	h.t.Helper()
	answer, err := ask(h.t.Context(), h.Addr, value)
	if err != nil {
		h.t.Fatalf("asking the holder to fill its lease: %v", err)
	}
	switch answer {
	case fmt.Sprint(nil):
		return nil
	case ctxcache.ErrLeaseLost.Error():
		return ctxcache.ErrLeaseLost
	default:
		return fmt.Errorf("the holder says: %s", answer)
	}
}

func ask(ctx context.Context, addr, value string) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // by then it has the answer, or an error
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := fmt.Fprintln(conn, value); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSuffix(answer, "\n"), err
}
