package cached_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// The stack of README.md, over a real server.
func TestReadmeStack(t *testing.T) {
	server := redistest.Start(t)
	users, err := openUsers(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if warnings, err := ctxcache.Check(t.Context(), users); len(warnings) > 0 || err != nil {
		t.Errorf("Check: %v, %v", warnings, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, want := server.Client(t), `{"Name":"Ada Lovelace","Field":"computing"}`
	stored := ""
	for !strings.HasSuffix(stored, want) { // after the envelope; on a busy machine the server may answer too late, and then the value is not stored
		if ada, err := users.Get(ctx, "ada"); ada.Name != "Ada Lovelace" || err != nil {
			t.Fatalf("got %v, %v", ada, err)
		}
		if stored, err = client.Get(ctx, "app:user:ada").Result(); err != nil && err != redis.Nil {
			t.Fatal(err)
		}
	}
	if err := users.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// The whole program of README.md is a file that a test runs.
func TestReadmeShowsTheFirstProgram(t *testing.T) {
	program, err := os.ReadFile("examples/first/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "\n```go\n"+string(program)+"```\n") {
		t.Error("README.md does not show examples/first/main.go as it is")
	}
}
