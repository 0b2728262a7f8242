// Package pb stands for code that protoc generates.
package pb

import (
	"context"

	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/grpc"
)

// state is in every message.
type state struct{ pointer *int }

// LookupRequest is a request.
type LookupRequest struct {
	state         state
	Name          string
	unknownFields []byte
	sizeCache     int32
}

// ProtoReflect makes it a proto.Message.
func (r *LookupRequest) ProtoReflect() []*string { return []*string{&r.Name} }

// LookupResponse is a response.
type LookupResponse struct {
	state         state
	Address, Seen string
	unknownFields []byte
	sizeCache     int32
}

// ProtoReflect makes it a proto.Message.
func (r *LookupResponse) ProtoReflect() []*string { return []*string{&r.Address, &r.Seen} }

// DirectoryClient is the client API.
type DirectoryClient interface {
	Lookup(ctx context.Context, in *LookupRequest, opts ...grpc.CallOption) (*LookupResponse, error)
	Whois(ctx context.Context, in *LookupRequest, opts ...grpc.CallOption) (*LookupResponse, error)
	Remove(ctx context.Context, in *LookupRequest, opts ...grpc.CallOption) (*LookupResponse, error)
}

// Internals has a use for the fields that JSON leaves out.
func Internals(r *LookupRequest, s *LookupResponse) []any {
	return []any{r.state.pointer, r.unknownFields, r.sizeCache, s.state.pointer, s.unknownFields, s.sizeCache}
}
