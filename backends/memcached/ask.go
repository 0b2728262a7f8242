package memcached

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// maxLines is how many lines the answer of a server may have.
const maxLines = 1000

// question is a command that gomemcache does not have, and the form of its answer.
type question struct {
	command string
	body    string   // how each line begins before the last; without a body, the first line is the last
	last    []string // the lines that may end the answer
}

// ask asks over a new connection. It returns the lines of the answer, including the last. Any other line, such as an
// error of the server, ends the answer at once: a peer that is not a Memcached server may keep the connection open after
// it.
func (s *store) ask(ctx context.Context, addr net.Addr, q question) ([]string, error) {
	dialing, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	conn, err := s.conns.Dial(dialing, addr.Network(), addr.String())
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close() }()                         // the connection is for one command, which has ended
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // hang up when the caller leaves
	if err := conn.SetDeadline(time.Now().Add(s.options.Timeout)); err != nil {
		return nil, err
	}
	if _, err := conn.Write([]byte(q.command + "\r\n")); err != nil {
		return nil, err
	}
	verb, _, _ := strings.Cut(q.command, " ") // a key may follow
	var lines []string
	answer := bufio.NewScanner(conn)
	for len(lines) < maxLines && answer.Scan() {
		line := answer.Text()
		switch lines = append(lines, line); {
		case slices.Contains(q.last, line):
			return lines, nil
		case isError(line):
			return nil, fmt.Errorf("%w: %s", errReply, line)
		case q.body == "" || !strings.HasPrefix(line, q.body):
			// The line may be a value, so the error does not quote it.
			return nil, fmt.Errorf("%w: a line does not belong in the answer to %s", errReply, verb)
		}
	}
	if err := answer.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: the answer to %s does not end with %s", errReply, verb, strings.Join(q.last, " or "))
}

// isError reports whether line says that the server refuses the command. No other line follows.
func isError(line string) bool {
	return line == "ERROR" || strings.HasPrefix(line, "ERROR ") || strings.HasPrefix(line, "CLIENT_ERROR ") || strings.HasPrefix(line, "SERVER_ERROR ")
}
