package rediscache

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// layer is the name of this cache in errors, statistics and descriptions.
const layer = "redis"

var (
	// errReply is the cause of an error about a reply that no Redis server would send.
	errReply = ctxcache.Discreet("unexpected reply", nil)

	// errNoReply is the cause of an error about a command that go-redis has neither sent nor failed.
	errNoReply = ctxcache.Discreet("no reply", nil)

	// errWrongType is the cause of an error about a key with a value that this cache did not write.
	errWrongType = ctxcache.Discreet("corrupt entry: key holds a value this cache did not write", ctxcache.ErrCorrupt)

	// errChannelKey is the cause of an error about a key that is stored where the channel has its last message.
	errChannelKey = ctxcache.Discreet("the channel has its last message under this key", ctxcache.ErrKey)
)

// answer is an error that the server answered, as go-redis's errors of this kind.
type answer string

func (a answer) Error() string { return string(a) }

// RedisError says that the server answered.
func (answer) RedisError() {}

// unanswered reports whether we cannot know what the server did. That is so unless the server answered err, or err was
// found before the server was asked.
func unanswered(err error) bool {
	switch err {
	case ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrTTL, errWrongType, errChannelKey:
		return false
	}
	var answer redis.Error
	return !errors.As(err, &answer)
}

// both returns one error for two, either of which may be nil. Its message has one line.
func both(first, second error) error {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return fmt.Errorf("%w; %w", first, second)
}

// unknownArgs are the words after which Redis repeats the arguments of an unknown command.
const unknownArgs = ", with args beginning with:"

// revealing has the words after which an error message contains keys or values. Besides Redis, go-redis repeats a reply
// that it cannot parse.
var revealing = []string{
	unknownArgs,
	"redis: can't parse",
	"redis: invalid reply",
	"redis: can't read raw reply",
}

// discreet returns err with a message that contains neither keys nor values.
func discreet(err error) error {
	message := err.Error()
	for _, words := range revealing {
		if before, _, found := strings.Cut(message, words); found {
			return ctxcache.Discreet(before+words+" ...", err)
		}
	}
	return err
}
