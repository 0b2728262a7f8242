// Package proto stands for google.golang.org/protobuf/proto.
package proto

import (
	"encoding/binary"
	"errors"
)

// Message is a message. Its fields are the strings that ProtoReflect returns.
type Message interface{ ProtoReflect() []*string }

// MarshalOptions are options of Marshal.
type MarshalOptions struct{ Deterministic bool }

// Marshal returns the wire format of m.
func (MarshalOptions) Marshal(m Message) ([]byte, error) {
	var wire []byte
	for _, field := range m.ProtoReflect() {
		wire = binary.AppendUvarint(wire, uint64(len(*field)))
		wire = append(wire, *field...)
	}
	return wire, nil
}

// Marshal returns the wire format of m.
func Marshal(m Message) ([]byte, error) { return MarshalOptions{}.Marshal(m) }

// Unmarshal sets the fields of m.
func Unmarshal(wire []byte, m Message) error {
	for _, field := range m.ProtoReflect() {
		length, n := binary.Uvarint(wire)
		if n <= 0 || uint64(len(wire)-n) < length {
			return errors.New("proto: not a message")
		}
		*field, wire = string(wire[n:n+int(length)]), wire[n+int(length):]
	}
	return nil
}
