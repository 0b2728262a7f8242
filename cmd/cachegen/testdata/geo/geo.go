// Package geo has an interface with parameters that are interfaces. Functions make the keys.
package geo

import (
	"context"
	"fmt"
	"strings"

	"github.com/ctxcache/cached"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Geo -methods Measure=m.,Render=r.,Lookup=l.,Names=n. -key Measure=measureKey,Render=cacheKey,Lookup=Lookup

// Shape is a parameter.
type Shape interface{ Area() float64 }

// Circle and Square have the same JSON.
type (
	Circle struct{ R float64 }
	Square struct{ R float64 }
)

// Area returns the area of the circle.
func (c Circle) Area() float64 { return 3 * c.R * c.R }

// Area returns the area of the square.
func (s Square) Area() float64 { return s.R * s.R }

// Option is a parameter of a client, which may have credentials in it.
type Option interface{ apply(call *call) }

type call struct{ user string }

type asUser string

func (u asUser) apply(call *call) { call.user = string(u) }

// Geo is the interface.
type Geo interface {
	Measure(ctx context.Context, s Shape) (float64, error)
	Render(ctx context.Context, _ string, args any) (string, error)
	Lookup(ctx context.Context, id string, opts ...Option) (string, error)
	Names(ctx context.Context, names ...string) (bool, error)
}

func measureKey(_ context.Context, s Shape) (string, error) {
	return cached.JSONKey(fmt.Sprintf("%T", s), s)
}

type tenantKey struct{}

// cacheKey has the name that variables have in the generated code.
func cacheKey(ctx context.Context, format string, value any) (string, error) {
	tenant, _ := ctx.Value(tenantKey{}).(string)
	return cached.JSONKey(tenant, format, fmt.Sprintf("%T %v", value, value))
}

// Lookup has the name of the method.
func Lookup(_ context.Context, id string, opts ...Option) (string, error) {
	if strings.Contains(id, " ") {
		return "", fmt.Errorf("no key: %d options", len(opts))
	}
	c := call{}
	for _, o := range opts {
		o.apply(&c)
	}
	return id + " " + c.user, nil
}
