package cached_test

import (
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

// The stack of README.md, over a real server.
func TestReadmeStack(t *testing.T) {
	server := redistest.Start(t)
	users, err := openUsers(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if ada, err := users.Get(t.Context(), "ada"); ada.Name != "Ada Lovelace" || err != nil {
			t.Fatalf("got %v, %v", ada, err)
		}
	}
	stored, err := server.Client(t).Get(t.Context(), "app:user:ada").Result()
	if stored != `{"Name":"Ada Lovelace","Field":"computing"}` || err != nil {
		t.Errorf("Redis has %q, %v", stored, err)
	}
	if err := users.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
