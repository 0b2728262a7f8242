// Package rpc caches methods of a gRPC client.
package rpc

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/grpc"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/pb"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/proto"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Directory -methods Lookup=lookup:,Whois=whois: -key Lookup=messageKey,Whois=whoisKey -ignore Lookup.opts -codec Lookup,Whois

// Directory is the client. The interface is generated in a package of its own, so it is embedded here.
type Directory interface{ pb.DirectoryClient }

// messageKey makes the keys of all methods whose options do not matter.
func messageKey(_ context.Context, m proto.Message) (string, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	return string(b), err
}

// whoisKey is for a method whose results depend on the user, who is in the options.
func whoisKey(ctx context.Context, in *pb.LookupRequest, opts ...grpc.CallOption) (string, error) {
	key, err := messageKey(ctx, in)
	return fmt.Sprintf("%q%s", grpc.Apply(opts).User, key), err
}

// responseCodec is a codec for messages.
type responseCodec struct{}

func (responseCodec) Encode(m *pb.LookupResponse) ([]byte, error) { return proto.Marshal(m) }

func (responseCodec) Decode(data []byte) (*pb.LookupResponse, error) {
	m := &pb.LookupResponse{}
	return m, proto.Unmarshal(data, m)
}
