//go:build never

package refused

import "context"

type Constrained interface {
	Get(ctx context.Context) (int, error)
}
