// Package postgres makes near caches follow the rows of a PostgreSQL database, by LISTEN and NOTIFY.
//
// A trigger reports each row that changes. A process that follows the channel deletes the row's key in its caches:
//
//	users := twolevel.New(near, far, &twolevel.Options{Follow: postgres.Listen(pool, "users", nil)})
//	defer users.Close()
//	byName := cached.Func(users, db.UserByName, &cached.Options{TTL: time.Hour})
//
// # The trigger
//
// The server delivers a notification after the transaction has committed, and drops it if the transaction is rolled
// back. So a load that begins after the event reads the new row. The payload is the key, as text:
//
//	CREATE FUNCTION notify_users(name text) RETURNS void LANGUAGE sql AS $$
//		SELECT pg_notify('users', CASE WHEN octet_length(name) < 8000 THEN name ELSE '' END)
//	$$;
//
//	CREATE FUNCTION users_changed() RETURNS trigger LANGUAGE plpgsql AS $$
//	BEGIN
//		IF TG_OP IN ('UPDATE', 'DELETE') THEN
//			PERFORM notify_users(OLD.name);
//		END IF;
//		IF TG_OP IN ('INSERT', 'UPDATE') THEN
//			PERFORM notify_users(NEW.name);
//		END IF;
//		IF TG_OP = 'TRUNCATE' THEN
//			PERFORM notify_users('');
//		END IF;
//		RETURN NULL;
//	END $$;
//
//	CREATE TRIGGER users_changed AFTER INSERT OR UPDATE OR DELETE ON users
//		FOR EACH ROW EXECUTE FUNCTION users_changed();
//	CREATE TRIGGER users_truncated AFTER TRUNCATE ON users
//		FOR EACH STATEMENT EXECUTE FUNCTION users_changed();
//
// An empty payload says that all rows may have changed. It clears the caches, the shared one included. INSERT is reported
// because a cache may know that there is no such row. If the name of a row changes, both names are reported.
//
// The server refuses payloads of 8,000 bytes or more, and then the transaction fails. So the function above replaces them by
// an empty payload. pg_notify takes the name of the channel as it is; the command NOTIFY folds it to lower case.
//
// # What it costs
//
// One connection for each process that watches, which is not one of the pool's. The server runs the commits of
// transactions that notify one after the other. Equal notifications of one transaction are one.
//
// # Limits
//
// LISTEN needs a session of its own on the primary. It does not work through a pooler that shares sessions between
// transactions, such as PgBouncer with pool_mode = transaction, nor on a standby. [Source.Check] notices both. If loads read
// from a standby, the event may come before the row, and the old row is stored once more. Then let loads read from the
// primary.
package postgres
