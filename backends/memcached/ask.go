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

// ask sends a command that gomemcache does not have, over a new connection. It returns the lines of the answer up to
// the first that is one of last. That one ends the answer, and is included. If the server answers with an error, ask
// returns it at once.
func (s *store) ask(ctx context.Context, addr net.Addr, command string, last ...string) ([]string, error) {
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
	if _, err := conn.Write([]byte(command + "\r\n")); err != nil {
		return nil, err
	}
	var lines []string
	answer := bufio.NewScanner(conn)
	for len(lines) < maxLines && answer.Scan() {
		line := answer.Text()
		if isError(line) {
			return nil, fmt.Errorf("%w: %s", errReply, line)
		}
		if lines = append(lines, line); slices.Contains(last, line) {
			return lines, nil
		}
	}
	if err := answer.Err(); err != nil {
		return nil, err
	}
	verb, _, _ := strings.Cut(command, " ") // a key may follow
	return nil, fmt.Errorf("%w: the answer to %s does not end with %s", errReply, verb, strings.Join(last, " or "))
}

// isError reports whether line says that the server refuses the command. No other line follows.
func isError(line string) bool {
	return line == "ERROR" || strings.HasPrefix(line, "ERROR ") || strings.HasPrefix(line, "CLIENT_ERROR ") || strings.HasPrefix(line, "SERVER_ERROR ")
}
