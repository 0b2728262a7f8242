package memcached_test

import (
	"bufio"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
)

// scripted is a server that answers with a function. It is also the selector that picks this server.
type scripted struct {
	*memcache.ServerList
	answer func(command, item string) string // an empty one closes the connection

	mu   sync.Mutex
	seen []string
}

// newScripted starts a server that ends with the test. For every command it calls answer with the first line of the
// command, and the bytes of its item if it has one.
func newScripted(t *testing.T, answer func(command, item string) string) *scripted {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return serveScripted(t, listener, answer)
}

func serveScripted(t *testing.T, listener net.Listener, answer func(command, item string) string) *scripted {
	t.Helper()
	s := &scripted{ServerList: new(memcache.ServerList), answer: answer}
	must(t, s.SetServers(listener.Addr().String()))
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { // after the cleanup of the cache, which closes its connections
		must(t, listener.Close())
		running.Wait()
	})
	return s
}

// commands returns the commands that were sent so far.
func (s *scripted) commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func (s *scripted) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		command, item, err := readCommand(in)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.seen = append(s.seen, command)
		s.mu.Unlock()
		reply := s.answer(command, item)
		if reply == "" {
			return
		}
		if _, err := conn.Write([]byte(reply)); err != nil {
			return
		}
	}
}

// readCommand returns the first line of a command, and its item if it has one.
func readCommand(in *bufio.Reader) (command, item string, err error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return "", "", err
	}
	command = strings.TrimSuffix(line, "\r\n")
	fields := strings.Fields(command)
	if len(fields) < 5 || !slices.Contains([]string{"set", "add", "cas"}, fields[0]) {
		return command, "", nil
	}
	size, err := strconv.Atoi(fields[4])
	if err != nil {
		return "", "", err
	}
	sent := make([]byte, size+2)
	_, err = io.ReadFull(in, sent)
	return command, string(sent[:size]), err
}
