package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
)

// The fields of the generated options end in TTL, Options or Codec. The generator knows all fields of cached.Options that
// could be hidden by one.
func TestOptionFieldsAreKnown(t *testing.T) {
	var want []string
	for field := range reflect.TypeFor[cached.Options]().Fields() {
		for _, suffix := range []string{"TTL", "Options", "Codec"} {
			if prefix, found := strings.CutSuffix(field.Name, suffix); found && prefix != "" {
				want = append(want, field.Name)
			}
		}
	}
	if !slices.Equal(optionFields, want) {
		t.Errorf("optionFields are %q, want %q", optionFields, want)
	}
}
