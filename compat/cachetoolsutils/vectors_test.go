package cachetoolsutils_test

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// TestVectors runs every case of every file in the folder that CTU_VECTORS names, or of those that came with the
// sources. The last line of its log, which -v shows, is the sum. Give -count=1 if files of a folder elsewhere have
// changed: go test only looks at its name.
func TestVectors(t *testing.T) {
	files, err := vectors.ReadAll(cmp.Or(os.Getenv("CTU_VECTORS"), "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	run, failed := 0, 0
	for _, file := range files {
		t.Run(filepath.Base(file.Path), func(t *testing.T) {
			var servers *liveServers // from the first case on that needs them
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
