package rpc

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/grpc"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/rpc/pb"
)

// client answers with what it was asked.
type client struct{ calls int }

func (c *client) answer(in *pb.LookupRequest, opts []grpc.CallOption) (*pb.LookupResponse, error) {
	c.calls++
	return &pb.LookupResponse{Address: "of " + in.Name, Seen: "by " + grpc.Apply(opts).User}, nil
}

func (c *client) Lookup(_ context.Context, in *pb.LookupRequest, opts ...grpc.CallOption) (*pb.LookupResponse, error) {
	return c.answer(in, opts)
}

func (c *client) Whois(_ context.Context, in *pb.LookupRequest, opts ...grpc.CallOption) (*pb.LookupResponse, error) {
	return c.answer(in, opts)
}

func (c *client) Remove(_ context.Context, in *pb.LookupRequest, opts ...grpc.CallOption) (*pb.LookupResponse, error) {
	return c.answer(in, opts)
}

func newDirectory(inner Directory) *CachedDirectory {
	return NewCachedDirectory(inner, memory.New[string, []byte](nil), &CachedDirectoryOptions{
		LookupCodec: responseCodec{}, WhoisCodec: responseCodec{},
	})
}

// The keys of Lookup do not depend on the options, which the inner method gets all the same.
func TestIgnoredOptions(t *testing.T) {
	ctx := t.Context()
	inner := &client{}
	c := newDirectory(inner)
	for _, name := range []string{"ada", "emmy"} {
		for _, user := range []string{"alice", "bob"} {
			got, err := c.Lookup(ctx, &pb.LookupRequest{Name: name}, grpc.AsUser(user))
			if err != nil || got.Address != "of "+name || got.Seen != "by alice" { // the first caller's call
				t.Errorf("Lookup of %s by %s: %v, %v", name, user, got, err)
			}
		}
	}
	if inner.calls != 2 {
		t.Errorf("%d calls, want 2", inner.calls)
	}
	if got, err := c.RefreshLookup(ctx, &pb.LookupRequest{Name: "ada"}, grpc.AsUser("bob")); err != nil || got.Seen != "by bob" {
		t.Errorf("RefreshLookup: %v, %v", got, err)
	}
	if key, err := c.KeyLookup(ctx, &pb.LookupRequest{Name: "ada"}); key != "lookup:\x03ada" || err != nil {
		t.Errorf("KeyLookup: %q, %v", key, err)
	}
	if was, err := c.DeleteLookup(ctx, &pb.LookupRequest{Name: "ada"}); !was || err != nil {
		t.Errorf("DeleteLookup: %v, %v", was, err)
	}
	if has, err := c.ContainsLookup(ctx, &pb.LookupRequest{Name: "emmy"}); !has || err != nil {
		t.Errorf("ContainsLookup: %v, %v", has, err)
	}
	if err := c.SetLookup(ctx, &pb.LookupRequest{Name: "ada"}, &pb.LookupResponse{Address: "new"}); err != nil {
		t.Errorf("SetLookup: %v", err)
	}
	if got, err := c.Lookup(ctx, &pb.LookupRequest{Name: "ada"}, grpc.AsUser("bob")); err != nil || got.Address != "new" {
		t.Errorf("Lookup after SetLookup: %v, %v", got, err)
	}
}

// The keys of Whois depend on the user, who is in the options.
func TestOptionsInTheKey(t *testing.T) {
	inner := &client{}
	c := newDirectory(inner)
	for _, user := range []string{"alice", "bob", "alice"} {
		got, err := c.Whois(t.Context(), &pb.LookupRequest{Name: "ada"}, grpc.AsUser(user))
		if err != nil || got.Seen != "by "+user {
			t.Errorf("Whois by %s: %v, %v", user, got, err)
		}
	}
	if inner.calls != 2 {
		t.Errorf("%d calls, want 2", inner.calls)
	}
}
