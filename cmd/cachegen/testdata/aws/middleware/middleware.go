// Package middleware stands for github.com/aws/smithy-go/middleware.
package middleware

// Metadata is in every output.
type Metadata struct{ values map[any]any }

// Get returns a value.
func (m Metadata) Get(key any) any { return m.values[key] }

// NoSerde is embedded in every input and output.
type NoSerde struct{}
