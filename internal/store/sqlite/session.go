package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// session is one connection with its prepared statements. Of one caller at a
// time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // by their SQL; as many as the declarations allow, no query text comes from outside
}

// openSessions opens n connections and checks that they are as durable as the
// store promises.
func openSessions(db *sql.DB, n int, readOnly bool) (chan *session, error) {
	pool := make(chan *session, n)
	for range n {
		x, err := openSession(db, readOnly)
		if err != nil {
			close(pool)
			for open := range pool {
				open.close()
			}
			return nil, err
		}
		pool <- x
	}
	return pool, nil
}

func openSession(db *sql.DB, readOnly bool) (*session, error) {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	x := &session{conn: conn, stmts: map[string]*sql.Stmt{}}
	if readOnly {
		_, err = conn.ExecContext(ctx, "PRAGMA query_only=1")
	} else {
		err = x.checkDurable(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return x, nil
}

// checkDurable refuses a file whose journal mode did not become WAL, as on
// some network drives, and a build of the engine that ignores synchronous.
func (x *session) checkDurable(ctx context.Context) error {
	var mode string
	var level int
	if err := x.conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := x.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return err
	}
	if mode != "wal" || level != 2 {
		return fmt.Errorf("writes would not be durable (journal_mode %s, synchronous %d; wal and 2 are needed): put the data directory on a local disk", mode, level)
	}
	return nil
}

// closeSessions takes back every session of the pool and closes it.
func closeSessions(pool chan *session) error {
	var errs []error
	for range cap(pool) {
		x := <-pool
		errs = append(errs, x.close())
	}
	return errors.Join(errs...)
}

func (x *session) close() error {
	for _, st := range x.stmts {
		st.Close()
	}
	return x.conn.Close()
}

// prepare returns the statement, prepared at its first use.
func (x *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := x.stmts[query]; st != nil {
		return st, nil
	}
	st, err := x.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	x.stmts[query] = st
	return st, nil
}

// exec runs a statement and returns how many rows it changed.
func (x *session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := x.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query runs a statement and hands each row to scan.
func (x *session) query(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	st, err := x.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// transact runs act between begin and commit. After an error nothing of it is
// left. The commit is not stopped halfway by the context: whoever called is
// told what became of it.
func (x *session) transact(ctx context.Context, begin string, act func() error) error {
	whole := context.WithoutCancel(ctx)
	_, err := x.exec(ctx, begin)
	if err == nil {
		err = act()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		_, err = x.exec(whole, "COMMIT")
	}
	if err != nil {
		// The engine may have rolled back by itself, or never have begun: then
		// this fails, which is no news. After a failed begin it ends what a
		// failed rollback may have left, so that the next call works again.
		x.exec(whole, "ROLLBACK")
	}
	return err
}
