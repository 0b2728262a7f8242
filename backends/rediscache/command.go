package rediscache

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// once is a command that go-redis sends at most once. Otherwise it sends a command again if the reply does not come in
// time, and the first copy may arrive much later: after a Delete, for example, so that a SET brings an old value back.
// That does no harm if the command only deletes, or if a lease fences it.
type once struct{ *redis.Cmd }

// NoRetry is for go-redis.
func (once) NoRetry() bool { return true }

// command is a command, and how to send it.
type command struct {
	*redis.Cmd
	once bool
}

func newCommand(ctx context.Context, args ...any) command {
	return command{Cmd: redis.NewCmd(ctx, args...)}
}

func (cmd command) sent() redis.Cmder {
	if cmd.once {
		return once{cmd.Cmd}
	}
	return cmd.Cmd
}

// send sends one command.
func (c *Cache) send(ctx context.Context, cmd command) {
	if err := c.client.Process(ctx, cmd.sent()); err == nil { // cmd has the error, too
		c.knowsSlots.Store(true)
	}
}

// pipeline sends commands by client in one pipeline: in one round trip per server. After that, every command has a reply
// or an error.
func (c *Cache) pipeline(ctx context.Context, client redis.Cmdable, commands []command) {
	if len(commands) == 0 {
		return
	}
	pipe := client.Pipeline()
	for _, cmd := range commands {
		_ = pipe.Process(ctx, cmd.sent()) // it only queues
	}
	_, err := pipe.Exec(ctx)
	if err == nil {
		c.knowsSlots.Store(true)
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
