package memcached

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// maxLines is how many lines the answer of a server may have.
const maxLines = 1000

// ask sends a command that gomemcache does not have, over a new connection. It returns the lines of the answer up to
// the line last, which ends the answer and is left out. If the server answers with an error, ask returns it at once.
func (s *store) ask(ctx context.Context, addr net.Addr, command, last string) ([]string, error) {
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
		if line == last {
			return lines, nil
		}
		if isError(line) {
			return nil, fmt.Errorf("%w: %s", errReply, line)
		}
		lines = append(lines, line)
	}
	if err := answer.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %s does not end with %s", errReply, command, last)
}

// isError reports whether line says that the server refuses the command. No other line follows.
func isError(line string) bool {
	return line == "ERROR" || strings.HasPrefix(line, "CLIENT_ERROR ") || strings.HasPrefix(line, "SERVER_ERROR ")
}
