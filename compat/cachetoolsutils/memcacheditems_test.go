package cachetoolsutils_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
)

// memcachedItems reads and writes items in Memcached's own protocol, so that it sees their flags and TTLs.
type memcachedItems struct {
	conn   net.Conn
	reader *bufio.Reader
}

type item struct {
	data  []byte
	flags uint32
	ttl   int64 // in seconds; -1 means never; set does not write it
}

func dialItems(t *testing.T, addr string) *memcachedItems {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &memcachedItems{conn, bufio.NewReader(conn)}
}

// get returns the value, the flags and the TTL of an item.
func (m *memcachedItems) get(key string) (item, error) {
	line, err := m.command("mg %s v f t\r\n", key)
	if err != nil {
		return item{}, err
	}
	fields := strings.Fields(line)
	if len(fields) != 4 || fields[0] != "VA" {
		return item{}, fmt.Errorf("memcached says %q", line)
	}
	size, err := strconv.Atoi(fields[1])
	if err != nil {
		return item{}, err
	}
	flags, err := strconv.ParseUint(fields[2][1:], 10, 32)
	if err != nil {
		return item{}, err
	}
	ttl, err := strconv.ParseInt(fields[3][1:], 10, 64)
	if err != nil {
		return item{}, err
	}
	data := make([]byte, size+len("\r\n"))
	_, err = io.ReadFull(m.reader, data)
	return item{data[:size], uint32(flags), ttl}, err
}

func (m *memcachedItems) set(key string, i item) error {
	line, err := m.command("set %s %d 0 %d\r\n%s\r\n", key, i.flags, len(i.data), i.data)
	if err == nil && line != "STORED\r\n" {
		err = fmt.Errorf("memcached says %q", line)
	}
	return err
}

// command sends a command and returns the first line of the answer.
func (m *memcachedItems) command(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(m.conn, format, args...); err != nil {
		return "", err
	}
	return m.reader.ReadString('\n')
}
