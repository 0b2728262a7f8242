package rediscache

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// Entries are read by their lives and an MGET in a MULTI. Value and life are from the same moment, as in a script, but a
// script copies each value into Lua and out again: for a value of 1 MiB that costs the server five times as much. MGET
// also reads hashes: it returns null for a negative entry, a marker, and a key that this cache did not write. Only a key
// with null and a life needs a script.
//
// The lives of many keys come from one script, which copies no values: a PTTL for each key costs the client more than all
// the rest. One key has a PTTL. So has each key if the server runs no scripts.
//
// The commands of a MULTI have to reach one server over one connection. A client of a Cluster or a Ring does not promise
// that for keys in different slots, so there the scripts read.

// errStrangeExec is the error of a transaction that the server does not answer as Redis does.
const errStrangeExec = answer("unexpected reply to EXEC")

// maxTogether is how many keys one MULTI reads. A server does nothing else meanwhile.
const maxTogether = 500

// oneServer reports whether the client sends all keys to one server.
func (c *Cache) oneServer() bool {
	_, single := c.client.(singleClient)
	return single
}

// entriesAtOnce is entries by transactions, in one round trip. It returns false if the server does not answer as it
// should, for example because it refuses a command. Then the keys must be read in another way.
func (c *Cache) entriesAtOnce(ctx context.Context, stored []string) ([]read, bool) {
	if !c.oneServer() || c.refusesMulti.Load() {
		return nil, false
	}
	keys := make([]any, len(stored))
	for i, s := range stored {
		keys[i] = s
	}
	way := byHash
	if len(keys) == 1 || c.refusesLives.Load() {
		way = byCommands
	}
	for {
		reads, sent, err := c.transact(ctx, keys, way)
		switch {
		case err == nil:
			c.hasRunMulti()
			resolve(ctx, stored, reads, c.entriesByScript)
			return reads, true
		case sent && hungUp(err) && !c.runsMulti.Load():
			reads := c.entriesByScript(ctx, stored)
			if slices.ContainsFunc(reads, read.served) {
				c.refusesMulti.Store(true)
			}
			return reads, true
		case c.calls.Unanswered(err):
			for i := range reads {
				reads[i] = read{err: err}
			}
			return reads, true
		case way == byHash && redis.HasErrorPrefix(err, "NOSCRIPT"):
			way = bySource
		case way != byCommands:
			if refusesAlways(err) {
				c.refusesLives.Store(true)
			}
			way = byCommands
		default:
			if refusesAlways(err) {
				c.refusesMulti.Store(true)
			}
			return nil, false
		}
	}
}

// hasRunMulti records that the server has run a transaction.
func (c *Cache) hasRunMulti() {
	if !c.runsMulti.Load() { // or else all reads would write to the same memory
		c.runsMulti.Store(true)
	}
}

// refusesAlways reports whether err, the error of a transaction, is about a command, and not about the moment: a server
// whose memory is full refuses every command in a MULTI, but only for now.
func refusesAlways(err error) bool {
	if err == errStrangeExec {
		return true
	}
	if !refuses(err) {
		return false
	}
	message := strings.ToLower(err.Error())
	_, command := forbids(message)
	return command || strings.Contains(message, "exec without multi") || strings.Contains(message, "forbid transaction")
}

// hungUp reports whether the other side has closed the connection. Some proxies do that when they get a command that they
// do not know. So a server that hangs up on the first transaction, and then runs a script, refuses transactions. A server
// that hangs up before the transaction is sent is in trouble: it is not asked again.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// resolve reads those keys again, in this way, that are there, but are not strings: it finds out what they are.
func resolve(
	ctx context.Context, stored []string, reads []read, by func(ctx context.Context, stored []string) []read,
) {
	var others []int
	for i, r := range reads {
		if r.err == errWrongType {
			others = append(others, i)
		}
	}
	if len(others) == 0 {
		return
	}
	names := make([]string, len(others))
	for j, i := range others {
		names[j] = stored[i]
	}
	for j, r := range by(ctx, names) {
		reads[others[j]] = r
	}
}

// transact reads keys in one round trip, and their lives in this way. A key that is not a string has the error
// errWrongType. It also reports whether it has sent anything.
func (c *Cache) transact(ctx context.Context, keys []any, way livesBy) (reads []read, sent bool, err error) {
	pipe := c.client.Pipeline()
	var all []transaction
	written := new(atomic.Bool) // if the connection breaks while they are written, all of them are sent again
	for part := range slices.Chunk(keys, maxTogether) {
		t := newTransaction(ctx, part, way, written)
		_ = pipe.BatchProcess(ctx, append(t.queued, t.exec)...) // it only queues
		all = append(all, t)
	}
	_, failure := pipe.Exec(ctx)
	reads = make([]read, len(keys))
	rest := reads
	for _, t := range all {
		if err := t.parse(rest[:t.keys], failure); err != nil {
			return reads, written.Load(), err
		}
		rest = rest[t.keys:]
	}
	return reads, true, nil
}

// livesBy says how a transaction reads the lives.
type livesBy int

const (
	byHash     livesBy = iota // by the script, if the server knows it
	bySource                  // by the script, with its source
	byCommands                // by a PTTL for each key
)

// transaction reads some keys with their lives. The values come last: go-redis would copy them to append another reply.
type transaction struct {
	keys     int
	byScript bool
	queued   []redis.Cmder // the commands before exec
	exec     *redis.RawCmd
}

func newTransaction(ctx context.Context, keys []any, way livesBy, written *atomic.Bool) transaction {
	t := transaction{keys: len(keys), byScript: way != byCommands, exec: redis.NewRawCmd(ctx, "exec")}
	values := append(append(make([]any, 0, 1+len(keys)), "mget"), keys...)
	values[1] = &keyArg{stored: keys[0].(string), written: written}
	// If MULTI is refused, each command has its own reply, of any kind.
	queue := func(args ...any) { t.queued = append(t.queued, redis.NewCmd(ctx, args...)) }
	queue("multi")
	switch way {
	case byHash:
		queue(append([]any{"evalsha", livesScript.hash, len(keys)}, keys...)...)
	case bySource:
		queue(append([]any{"eval", livesScript.source, len(keys)}, keys...)...)
	case byCommands:
		for _, key := range keys {
			queue("pttl", key)
		}
	}
	t.queued = append(t.queued, sendable{Cmder: redis.NewCmd(ctx, values...), written: written})
	return t
}

// parse sets what the keys have. If the transaction failed, it returns the error. Failure is what the pipeline returned.
func (t transaction) parse(found []read, failure error) error {
	reply := raw{rest: t.exec.Val()}
	if err := t.exec.Err(); err != nil {
		return t.cause(err)
	}
	if len(reply.rest) == 0 { // go-redis has sent nothing
		return cmp.Or(failure, errNoReply)
	}
	for _, cmd := range t.queued {
		if err := cmd.Err(); err != nil {
			return err
		}
	}
	if t.byScript {
		reply.array(2)
		if message, failed := reply.failure(); failed {
			return answer(message)
		}
		reply.array(len(found))
	} else {
		reply.array(len(found) + 1)
	}
	for i := range found {
		left := reply.integer()
		found[i].entry.TTL = remaining(left)
		if left == absentLife {
			found[i].err = ctxcache.ErrMiss
		}
	}
	reply.array(len(found))
	var room blocks // a value must not keep all the others in memory
	for i := range found {
		r := &found[i]
		value, has := reply.value()
		switch {
		case !has && r.err == nil:
			*r = read{err: errWrongType}
		case !has:
			*r = read{err: ctxcache.ErrMiss}
		case len(found) > 1:
			*r = read{entry: ctxcache.NewEntry(room.clone(value, len(found)-i), r.entry.TTL)}
		default:
			*r = read{entry: ctxcache.NewEntry(value, r.entry.TTL)}
		}
	}
	if reply.bad {
		return errStrangeExec
	}
	return nil
}

// cause returns why the server refuses the exec with err: it has refused an earlier command. Err itself says only that.
func (t transaction) cause(err error) error {
	if unanswered(err) {
		return err
	}
	for _, cmd := range t.queued {
		if refused := cmd.Err(); refused != nil {
			return refused
		}
	}
	return err
}
