package rediscache

import (
	"context"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// sendable is a command that says whether go-redis may send it again.
type sendable struct {
	redis.Cmder
	once    bool
	written *atomic.Bool // whether it has been written to a connection, at least once
}

// NoRetry is for go-redis, which asks after a failure. There are two reasons not to try again:
//
//   - Once: the reply did not come in time, and the first copy may arrive much later. After a Delete, for example, a SET
//     would bring an old value back. That does no harm if the command only deletes, or if a lease fences it.
//   - It was not written: there was no connection, so the server is probably down, and another try would dial it again. A
//     command on a connection that broke while it was idle was written, and is sent again.
func (s sendable) NoRetry() bool { return s.once || !s.written.Load() }

// keyArg is the stored key in a command. It records whether go-redis has written the command.
type keyArg struct {
	stored  string
	written *atomic.Bool
}

// MarshalBinary is called by go-redis when it writes the command. It returns the key.
func (k *keyArg) MarshalBinary() ([]byte, error) {
	k.written.Store(true)
	return []byte(k.stored), nil
}

// String returns the key. Go-redis finds the server of the key by it, and hooks may print it.
func (k *keyArg) String() string { return k.stored }

// oneKey is the step from one key of a command to the next. If it is not set, the client of a cluster asks any server for
// it, which may be one that hangs.
const oneKey = 1

// command is a command for one key, and how to send it.
type command struct {
	*redis.Cmd
	key  *keyArg
	once bool // see sendable
}

// newCommand returns the command name with a stored key, and args after the key.
func newCommand(ctx context.Context, name, stored string, args ...any) command {
	return buildCommand(ctx, []any{name}, stored, args)
}

// buildCommand returns a command with these arguments before and after the stored key.
func buildCommand(ctx context.Context, before []any, stored string, after []any) command {
	key := &keyArg{stored: stored, written: new(atomic.Bool)}
	args := make([]any, 0, len(before)+1+len(after))
	args = append(append(append(args, before...), key), after...)
	cmd := redis.NewCmd(ctx, args...)
	cmd.SetStepCount(oneKey)
	return command{Cmd: cmd, key: key}
}

func (cmd command) sent() redis.Cmder { return sendable{cmd.Cmd, cmd.once, cmd.key.written} }

// send sends one command. After that, the command has a reply or an error.
func (c *Cache) send(ctx context.Context, cmd command) { sendBy(ctx, c.client, cmd) }

// sendBy is send by a client.
func sendBy(ctx context.Context, client redis.UniversalClient, cmd command) {
	_ = client.Process(ctx, cmd.sent()) // cmd has the error
}

// pipeline sends commands by client in one pipeline: in one round trip per server. After that, every command has a reply
// or an error.
func (c *Cache) pipeline(ctx context.Context, client redis.Cmdable, commands []command) {
	if _, over := client.(ringClient); over {
		commands = c.sendEmpty(ctx, commands)
	}
	if len(commands) == 0 {
		return
	}
	pipe := client.Pipeline()
	written := new(atomic.Bool) // if the connection breaks while they are written, all of them are sent again
	for _, cmd := range commands {
		cmd.key.written = written
		_ = pipe.Process(ctx, cmd.sent()) // it only queues
	}
	_, err := pipe.Exec(ctx)
	if err == nil {
		err = errNoReply
	}
	for _, cmd := range commands {
		// If a server refuses a new connection by an answer, go-redis sends nothing, and only Exec returns the answer. A
		// command without a reply would look like one that the server has carried out.
		if cmd.Err() == nil && cmd.Val() == nil {
			cmd.SetErr(err)
		}
	}
}

// sendEmpty sends the commands for the empty key, one by one, and returns the others. In a pipeline, a ring takes an
// empty key for none, and chooses a server by chance.
func (c *Cache) sendEmpty(ctx context.Context, commands []command) (others []command) {
	for _, cmd := range commands {
		if cmd.key.stored != "" {
			others = append(others, cmd)
			continue
		}
		c.send(ctx, cmd)
	}
	return others
}
