package memcached

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

// maxLines bounds what a server may answer.
const maxLines = 1000

// ask sends a command that gomemcache lacks, over a connection of its own, and returns the lines of the answer up to
// the last, which is as given.
func (s *store) ask(ctx context.Context, addr net.Addr, command, last string) ([]string, error) {
	dialing, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	conn, err := s.conns.Dial(dialing, addr.Network(), addr.String())
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close() }()                         // what it was for is done, or has failed
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // when the caller leaves
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
