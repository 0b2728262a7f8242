package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ctxcache/cached/ctxcache"
)

// Check connects to the server, and warns if LISTEN does not work there: the server is a standby, or a pooler is in
// between. See [ctxcache.Check]. Two levels that follow the source call it. The error says why the server could not be
// asked.
func (s *Source) Check(ctx context.Context) (warnings []ctxcache.Warning, err error) {
	if s.invalid != nil {
		return []ctxcache.Warning{ctxcache.InvalidOptions(s.invalid)}, nil //nolint:nilerr // the warning has it
	}
	warnings, err = s.check(ctx)
	return warnings, s.fail(ctx, ctxcache.OpWatch, err)
}

func (s *Source) check(ctx context.Context) (warnings []ctxcache.Warning, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectTimeout, errSilent)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, timedOut(ctx, err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.channel}.Sanitize())
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return []ctxcache.Warning{{
			Code: "cannot_listen",
			Text: "the server refuses LISTEN, so near follows nothing and is not used: " + refused.Message + ". Connect to the primary",
		}}, nil
	}
	var pid uint32
	if err == nil {
		err = conn.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	}
	if err != nil {
		return nil, timedOut(ctx, err)
	}
	if pid != conn.PgConn().PID() {
		warnings = append(warnings, ctxcache.Warning{
			Code: "behind_pooler",
			Text: "the connection leads to a pooler. If that shares sessions between transactions, no change is reported, and " +
				"nobody notices. Connect to the server, or to a pool with pool_mode = session",
		})
	}
	return warnings, nil
}
