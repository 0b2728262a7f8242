package refused

import (
	"context"
	"log/slog"

	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/grpc"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/pb"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/proto"
)

type Clients interface {
	Lookup(ctx context.Context, in *pb.LookupRequest, opts ...grpc.CallOption) (*pb.LookupResponse, error)
	Find(ctx context.Context, in *pb.LookupRequest, limit int) (int, error)
	Head(ctx context.Context, name string, optFns ...func(*Struct2)) (int, error)
	Bare(context.Context, *pb.LookupRequest, ...grpc.CallOption) (int, error)
	Log(ctx context.Context, log *slog.Logger, _ slog.Handler, id string) (int, error)
	Now(ctx context.Context) (int, error)
	NotFound(ctx context.Context) (int, error)
}

type Grouped interface {
	Get(ctx context.Context) (int, error)
	CachedFunctions() error
	Stats() int
}

func messageKey(context.Context, proto.Message) (string, error) { return "", nil }

func listKey(context.Context, string, ...any) (string, error) { return "", nil }

func idKey(context.Context, string) (string, error) { return "", nil }

var _, _, _ = messageKey, listKey, idKey
