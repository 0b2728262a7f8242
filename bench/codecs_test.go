package bench_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/layers"
)

// BenchmarkCodecs measures what it costs that the codecs of package layers check values. It reports ratios. In each
// iteration the same values are encoded in three ways, so that a busy machine slows all of them down:
//
//	checked/bare    by the codec, against the package that it uses
//	checked/Lossy   by the codec, against the codec without its checks
//
// A plain value has nothing to look at but whether a text is UTF-8. A visited one has something of each kind that is
// looked at: pointers, times, maps, and slices with omitempty.
func BenchmarkCodecs(b *testing.B) {
	limit := 7
	for _, size := range []int{1, 100} {
		plain := repeated(size, profile{"Ada Lovelace", "ada@example.org", 36, 0.75, []string{"math", "engines"}})
		visited := repeated(size, account{
			ID: 7, Limit: &limit, Born: time.Unix(0, 0).UTC(), Roles: []string{"admin", "author"},
			Seen:    map[string]time.Time{"web": time.Unix(1, 0).UTC(), "app": time.Unix(2, 0).UTC()},
			Friends: []*profile{{Name: "Emmy", Tags: []string{"a"}}, {Name: "Lise", Tags: []string{"b"}}},
		})
		benchCodecs(b, fmt.Sprintf("value=plain/n=%d", size), plain)
		benchCodecs(b, fmt.Sprintf("value=visited/n=%d", size), visited)
	}
}

type profile struct {
	Name  string
	Mail  string
	Age   int
	Score float64
	Tags  []string
}

type account struct {
	ID      int64
	Limit   *int
	Born    time.Time
	Roles   []string `json:",omitempty"`
	Seen    map[string]time.Time
	Friends []*profile
}

func repeated[V any](n int, value V) []V {
	values := make([]V, n)
	for i := range values {
		values[i] = value
	}
	return values
}

func benchCodecs[V any](b *testing.B, name string, value V) {
	b.Run("codec=json/"+name, func(b *testing.B) {
		bare := func(value V) ([]byte, error) { return json.Marshal(&value) }
		benchChecks(b, value, bare, layers.JSON[V]{Lossy: true}.Encode, layers.JSON[V]{}.Encode)
	})
	b.Run("codec=gob/"+name, func(b *testing.B) {
		bare := func(value V) ([]byte, error) {
			var data bytes.Buffer
			err := gob.NewEncoder(&data).Encode(&value)
			return data.Bytes(), err
		}
		benchChecks(b, value, bare, layers.Gob[V]{Lossy: true}.Encode, layers.Gob[V]{}.Encode)
	})
}

// benchChecks reports how long checked takes, against bare and lossy: the ratios of the medians.
func benchChecks[V any](b *testing.B, value V, bare, lossy, checked func(V) ([]byte, error)) {
	ways := []func(V) ([]byte, error){bare, lossy, checked}
	took := make([][]time.Duration, len(ways))
	for n := 0; b.Loop(); n++ {
		for i := range ways {
			way := (n + i) % len(ways) // so that none is always the first one after a pause
			start := time.Now()
			if _, err := ways[way](value); err != nil {
				b.Fatal(err)
			}
			took[way] = append(took[way], time.Since(start))
		}
	}
	median := func(way int) float64 {
		slices.Sort(took[way])
		return float64(took[way][len(took[way])/2])
	}
	b.ReportMetric(median(2)/median(0), "checked/bare")
	b.ReportMetric(median(2)/median(1), "checked/Lossy")
}
