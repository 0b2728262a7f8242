package memcached

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

// maxLines is how many lines the answer of a server may have.
const maxLines = 1000

// ask sends a command that gomemcache does not have, over a new connection. It returns the lines of the answer up to
// the line last, which ends the answer and is left out.
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
		if answer.Text() == last {
			return lines, nil
		}
		lines = append(lines, answer.Text())
	}
	if err := answer.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %s does not end with %s", errReply, command, last)
}
