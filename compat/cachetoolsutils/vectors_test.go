package cachetoolsutils_test

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// TestVectors runs every case of every file in the folder that the environment variable CTU_VECTORS names, or in
// testdata. With -v, the last line of its log has the number of all cases. Use -count=1 if you changed files in that
// folder: go test does not see that, and prints its cached result.
func TestVectors(t *testing.T) {
	files, err := vectors.ReadAll(cmp.Or(os.Getenv("CTU_VECTORS"), "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	run, failed := 0, 0
	for _, file := range files {
		t.Run(filepath.Base(file.Path), func(t *testing.T) {
			var servers *liveServers // started by the first case that needs them
			failedHere := 0
			for _, c := range file.Cases {
				kind, err := c.Decode()
				if err == nil {
					if live, ok := kind.(*vectors.Live); ok {
						if servers == nil {
							servers = startServers(t)
						}
						err = servers.run(t.Context(), live)
					} else {
						err = runLocal(t.Context(), kind)
					}
				}
				if err != nil {
					failedHere++
					t.Errorf("%s: %v", c.ID, err)
				}
			}
			t.Logf("%d cases run, %d failed", len(file.Cases), failedHere)
			run, failed = run+len(file.Cases), failed+failedHere
		})
	}
	t.Logf("%d cases run, %d failed", run, failed)
}
