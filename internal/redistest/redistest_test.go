//go:build unix

package redistest_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

func ping(t *testing.T, server *redistest.Server) error {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1})
	defer client.Close()
	return client.Ping(t.Context()).Err()
}

func TestStartIsPrivateAndStops(t *testing.T) {
	redistest.Shared(t) // or skip
	var first, second *redistest.Server
	t.Run("running", func(t *testing.T) {
		first, second = redistest.Start(t), redistest.Start(t)
		if first.Addr == second.Addr {
			t.Fatalf("two servers at %s", first.Addr)
		}
		if err := first.Client(t).Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if n, err := second.Client(t).Exists(t.Context(), "k").Result(); err != nil || n != 0 {
			t.Fatalf("the other server has the key: %d, %v", n, err)
		}
	})
	for _, server := range []*redistest.Server{first, second} {
		if conn, err := net.Dial("tcp", server.Addr); err == nil {
			conn.Close()
			t.Errorf("the server at %s outlives its test", server.Addr)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	server := redistest.Start(t)
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	server.Pause()
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 7)
	if n, err := conn.Read(reply); !isTimeout(err) {
		t.Fatalf("a paused server answered %q, %v", reply[:n], err)
	}
	server.Resume()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(reply); err != nil || string(reply[:n]) != "+PONG\r\n" {
		t.Fatalf("after Resume: %q, %v", reply[:n], err)
	}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

func TestStopAndRestart(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	addr := server.Addr
	server.Stop()
	if err := ping(t, server); err == nil {
		t.Fatal("a stopped server answers")
	}
	server.Restart()
	if server.Addr != addr {
		t.Fatalf("restarted at %s, was at %s", server.Addr, addr)
	}
	if n, err := server.Client(t).Exists(t.Context(), "k").Result(); err != nil || n != 0 {
		t.Fatalf("restarted with old keys: %d, %v", n, err)
	}
}

func TestStopEndsAPausedServer(t *testing.T) {
	server := redistest.Start(t)
	server.Pause()
	server.Stop()
	if err := ping(t, server); err == nil {
		t.Fatal("a stopped server answers")
	}
}

func TestSharedIsOneServer(t *testing.T) {
	if first, second := redistest.Shared(t), redistest.Shared(t); first.Addr != second.Addr {
		t.Fatalf("two shared servers: %s and %s", first.Addr, second.Addr)
	}
	if err := ping(t, redistest.Shared(t)); err != nil {
		t.Fatal(err)
	}
}

func TestStartPassesArguments(t *testing.T) {
	client := redistest.Start(t, "--maxmemory", "5mb").Client(t)
	got, err := client.ConfigGet(t.Context(), "maxmemory").Result()
	if err != nil || got["maxmemory"] != strconv.Itoa(5<<20) {
		t.Fatalf("maxmemory is %v, %v", got, err)
	}
}

func TestClusterServesAllSlots(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	client := cluster.Client(t)
	for i := range 100 {
		if err := client.Set(t.Context(), strconv.Itoa(i), i, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, node := range cluster.Nodes {
		size, err := node.Client(t).DBSize(t.Context()).Result()
		if err != nil || size == 0 {
			t.Fatalf("a master has %d keys, %v", size, err)
		}
		total += int(size)
	}
	if total != 100 {
		t.Fatalf("the masters have %d keys of 100", total)
	}
}

// crashing is set in the environment of a test binary that is to be killed while its server runs.
const crashing = "REDISTEST_CRASHING"

func TestServerDiesWithTheTestBinary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a signal for the death of a parent")
	}
	if os.Getenv(crashing) != "" {
		fmt.Println("server at", redistest.Start(t).Addr)
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	redistest.Start(t) // or skip
	binary := exec.Command(os.Args[0], "-test.run=^TestServerDiesWithTheTestBinary$")
	binary.Env = append(os.Environ(), crashing+"=1")
	output, _ := binary.Output() // killed
	_, rest, found := strings.Cut(string(output), "server at ")
	if !found {
		t.Fatalf("no server was started: %s", output)
	}
	addr, _, _ := strings.Cut(rest, "\n")
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-again.C {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatalf("the server at %s outlives the test binary", addr)
		}
	}
}
