package rediscache

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// layer names this cache in errors and statistics.
const layer = "redis"

var (
	// errReply is the cause of an error about a server that answered what no Redis would.
	errReply = errors.New("unexpected reply")

	// errWrongType is the cause of an error about a key that holds something else than what this cache stores.
	errWrongType = fmt.Errorf("%w: key holds a value this cache did not write", ctxcache.ErrCorrupt)
)

// unanswered reports whether we cannot know what the server did: err is neither what the server answered, nor was found
// before it was asked.
func unanswered(err error) bool {
	switch err {
	case ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrTTL, errWrongType:
		return false
	}
	var answer redis.Error
	return !errors.As(err, &answer)
}

// revealing are the words after which a message repeats keys or values: Redis repeats the arguments of a
// command that it does not know, and go-redis a reply that it cannot parse.
var revealing = []string{
	", with args beginning with:",
	"redis: can't parse",
	"redis: invalid reply",
	"redis: can't read raw reply",
}

// discreet returns err with a message that has neither key nor value in it.
func discreet(err error) error {
	message := err.Error()
	for _, words := range revealing {
		if before, _, found := strings.Cut(message, words); found {
			return ctxcache.Discreet(before+words+" ...", err)
		}
	}
	return err
}
