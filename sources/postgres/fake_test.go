package postgres_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
)

// fake is as much of a PostgreSQL server as a Source needs. It runs in a bubble.
type fake struct {
	pid      uint32 // what pg_backend_pid returns
	refuses  string // the code with which it refuses LISTEN; "": it does not
	sessions sync.WaitGroup

	mu        sync.Mutex
	listeners map[*session]string // the channel of each
	open      map[*session]bool
	down      bool
	running   chan struct{} // closed unless the server hangs
}

// session is a connection of the server.
type session struct {
	conn net.Conn
	out  chan pgproto3.BackendMessage
	gone chan struct{}
}

func newFake(t *testing.T) *fake {
	f := &fake{pid: 7, listeners: make(map[*session]string), open: make(map[*session]bool), running: make(chan struct{})}
	close(f.running)
	t.Cleanup(func() {
		f.kill()
		f.sessions.Wait()
	})
	return f
}

// pool returns a pool for the server.
func (f *fake) pool(t *testing.T, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig("postgres://user@127.0.0.1/db?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.DialFunc = func(context.Context, string, string) (net.Conn, error) { return f.dial() }
	if change != nil {
		change(config)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func (f *fake) dial() (net.Conn, error) {
	client, server := net.Pipe()
	s := &session{conn: server, out: make(chan pgproto3.BackendMessage, 100_000), gone: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
	}
	f.open[s] = true
	f.sessions.Go(func() { f.read(s) })
	f.sessions.Go(func() { f.write(s) })
	return client, nil
}

// waits returns when the server runs.
func (f *fake) waits() {
	f.mu.Lock()
	running := f.running
	f.mu.Unlock()
	<-running
}

// read answers what the client sends.
func (f *fake) read(s *session) {
	defer func() {
		f.mu.Lock()
		delete(f.open, s)
		delete(f.listeners, s)
		f.mu.Unlock()
		close(s.gone)
		s.conn.Close()
	}()
	backend := pgproto3.NewBackend(s.conn, s.conn)
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return
	}
	s.send(
		&pgproto3.AuthenticationOk{}, &pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"},
		&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"}, &pgproto3.BackendKeyData{ProcessID: 7, SecretKey: []byte{1, 2, 3, 4}})
	ready := &pgproto3.ReadyForQuery{TxStatus: 'I'}
	s.send(ready)
	for {
		message, err := backend.Receive()
		f.waits()
		query, ok := message.(*pgproto3.Query)
		if err != nil || !ok { // Terminate
			return
		}
		switch channel, listen := strings.CutPrefix(query.String, "LISTEN "); {
		case listen && f.refuses != "":
			s.send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: f.refuses, Message: "refused"}, ready)
		case listen:
			f.mu.Lock()
			f.listeners[s] = strings.Trim(channel, `"`)
			f.mu.Unlock()
			s.send(&pgproto3.CommandComplete{CommandTag: []byte("LISTEN")}, ready)
		case strings.Contains(query.String, "pg_backend_pid"):
			s.send(
				&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("pid"), DataTypeOID: 23, DataTypeSize: 4}}},
				&pgproto3.DataRow{Values: [][]byte{[]byte(strconv.Itoa(int(f.pid)))}},
				&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}, ready)
		default:
			s.send(&pgproto3.EmptyQueryResponse{}, ready)
		}
	}
}

func (s *session) send(messages ...pgproto3.BackendMessage) {
	for _, message := range messages {
		s.out <- message
	}
}

func (f *fake) write(s *session) {
	for {
		select {
		case message := <-s.out:
			f.waits()
			encoded, err := message.Encode(nil)
			if err == nil {
				_, err = s.conn.Write(encoded)
			}
			if err != nil { // the client has gone, which read notices, too
				return
			}
		case <-s.gone:
			return
		}
	}
}

// notify sends payload to all that listen to channel.
func (f *fake) notify(channel, payload string) error {
	f.waits()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return net.ErrClosed
	}
	for s, listens := range f.listeners {
		if listens == channel {
			s.send(&pgproto3.NotificationResponse{PID: 8, Channel: channel, Payload: payload})
		}
	}
	return nil
}

// notifyAll sends payload to all sessions, as if all of them listened to channel, too.
func (f *fake) notifyAll(channel, payload string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.listeners {
		s.send(&pgproto3.NotificationResponse{PID: 8, Channel: channel, Payload: payload})
	}
}

// terminate ends all sessions as pg_terminate_backend does.
func (f *fake) terminate() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.open {
		s.send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P01", Message: "terminating connection"})
	}
}

// kill cuts all connections.
func (f *fake) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.open {
		s.conn.Close()
	}
}

// stop stops the server until start is called.
func (f *fake) stop() (start func()) {
	f.mu.Lock()
	f.down = true
	f.mu.Unlock()
	f.kill()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.down = false
	}
}

// hang makes the server hang until resume is called.
func (f *fake) hang() (resume func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	running := make(chan struct{})
	f.running = running
	return sync.OnceFunc(func() { close(running) })
}

// sessionsOpen returns how many connections are open.
func (f *fake) sessionsOpen() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open)
}
