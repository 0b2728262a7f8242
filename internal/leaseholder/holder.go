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

// Filler fills with the lease that a process holds.
type Filler func(ctx context.Context, e ctxcache.Entry[[]byte]) error

// Taker takes the lease that a holder should hold, and returns the function that fills with it. Args are the arguments
// of Start. The lease is for a load with the context ctx, so it is renewed while the process lives.
type Taker func(ctx context.Context, args []string) (Filler, error)

// Holder is a process that holds a lease. Pause, Resume and Stop work as for a server. Stop kills the process by
// SIGKILL and returns when it has ended.
type Holder struct {
	*testserver.Server
	t testing.TB
}

// role is the first argument of a test binary that is a holder. Its address and the arguments of Start follow.
const role = "leaseholder"

// Main returns at once in a process that runs tests. In a holder it takes the lease, does what the [Holder] asks for,
// and does not return.
func Main(take Taker) {
	if len(os.Args) < 3 || os.Args[1] != role {
		return
	}
	fmt.Fprintln(os.Stderr, serve(os.Args[2], take, os.Args[3:]))
	os.Exit(1)
}

// serve takes the lease, and fills with it whenever a connection to addr sends a value.
func serve(addr string, take Taker, args []string) error {
	// The process's own context. It can end, so that the lease is renewed: see ctxcache.LoadContext.
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
		if value, err := bufio.NewReader(conn).ReadString('\n'); err == nil { // an error means that answers has only checked whether we listen
			err := fill(ctx, ctxcache.NewEntry([]byte(strings.TrimSuffix(value, "\n")), 0))
			_, _ = fmt.Fprintln(conn, err) // if it does not arrive, the other end reports an error
		}
		_ = conn.Close()
	}
}

// Start starts a holder, and returns when it has the lease. The holder is killed when the test ends.
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

// Fill makes the holder fill with its lease, and returns the error of that Fill, which may be ErrLeaseLost. Value must
// be one line.
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
		return fmt.Errorf("the holder returned: %s", answer)
	}
}

func ask(ctx context.Context, addr, value string) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // the answer has been read, or there is an error
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := fmt.Fprintln(conn, value); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSuffix(answer, "\n"), err
}
