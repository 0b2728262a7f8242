package rediscache_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// answer is the answer of a server that go-redis takes for an error.
type answer string

func (a answer) Error() string { return string(a) }
func (a answer) RedisError()   {}

// answering is a go-redis hook that changes the reply to TYPE in a pipeline.
type answering struct {
	recorder
	answer answer
}

func (a *answering) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if cmd.Name() == "type" {
				cmd.SetErr(a.answer)
			}
		}
		return err
	}
}

// Other versions of Redis, servers like it and proxies word their refusals in other ways.
func TestCheckUnderstandsRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"NOPERM this user has no permissions to run the 'type' command or its subcommand": "missing_command",
		"NOPERM User app has no permissions to run the 'type' command":                    "missing_command",
		"ERR unknown command `TYPE`, with args beginning with: `access key`, ":            "missing_command",
		"ERR unknown command 'TYPE'":                                                                        "missing_command",
		"@user_script: 12: Unknown Redis command called from Lua script":                                    "missing_command",
		"ERR Unknown Redis command called from script script: 0f, on @user_script:1.":                       "missing_command",
		"ERR This Redis command is not allowed from script":                                                 "missing_command",
		"@user_script: 1: The user executing the script can't run this command or subcommand":               "missing_command",
		"NOPERM ACL failure in script: User app has no permissions to run the 'type' command":               "missing_command",
		"ERR handle request, command 'TYPE' is not allowed":                                                 "missing_command",
		"ERR unsupported command 'type'":                                                                    "missing_command",
		"NOPERM No permissions to access a key":                                                             "forbidden_keys",
		"NOPERM this user has no permissions to access one of the keys used as arguments":                   "forbidden_keys",
		"ERR The user executing the script can't access at least one of the keys mentioned in the command":  "forbidden_keys",
		"OOM command not allowed when used memory > 'maxmemory'.":                                           "",
		"READONLY You can't write against a read only replica.":                                             "",
		"MISCONF Redis is configured to save RDB snapshots. Commands that may modify the data are disabled": "",
		"ERR unexpected, with args beginning with: `unknown command`":                                       "",
	} {
		client := redistest.Shared(t).Client(t)
		client.AddHook(&answering{answer: answer(text)})
		warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded()))
		if got := codes(warnings); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %q", text, warnings, err, want)
		}
	}
	client := redistest.Shared(t).Client(t)
	client.AddHook(&answering{answer: "LOADING Redis is loading the dataset in memory"})
	if warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded())); len(warnings) != 0 || err == nil {
		t.Errorf("a server that starts: %v, %v", warnings, err)
	}
}

// unanswered is a go-redis hook that lets INFO fail as if the connection had ended.
type unanswered struct{ recorder }

func (u *unanswered) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "info" {
			cmd.SetErr(io.EOF)
			return io.EOF
		}
		return next(ctx, cmd)
	}
}

// Some proxies end the connection when they get INFO. Check has the error, and has tried the commands all the same.
func TestCheckWithoutAnAnswerToINFO(t *testing.T) {
	client := account(t, redistest.Start(t), "~*", "+@all", "-set")
	client.AddHook(&unanswered{})
	warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded()))
	if codes(warnings) != "missing_command" || !errors.Is(err, io.EOF) {
		t.Errorf("%v, %v", warnings, err)
	}
}
