package jsonnull

import (
	"bytes"
	"encoding/json"
)

// Is reports whether data is the JSON text null. White space around it does not count.
func Is(data []byte) bool { return bytes.Equal(bytes.TrimSpace(data), []byte("null")) }

// Encodes reports whether encoding/json writes value as null. It reports false for a value that cannot be encoded.
func Encodes(value any) bool {
	data, err := json.Marshal(value)
	return err == nil && Is(data)
}
