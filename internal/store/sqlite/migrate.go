package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// What marks a file as the hub's (bytes 68 to 71 of it, "HubS"), and the
// number of the layout of its tables.
const (
	application = 0x48756253
	layout      = 1
)

// migrate brings the tables in step with the declarations, all or nothing.
// Collections that are not declared are left as they are.
func (x *session) migrate(cs []store.Collection, all map[string]*tables) error {
	ctx := context.Background()
	return x.transact(ctx, "BEGIN IMMEDIATE", func() error {
		if err := x.checkFile(ctx); err != nil {
			return err
		}
		for _, c := range cs {
			if err := x.migrateCollection(ctx, all[c.Name]); err != nil {
				return fmt.Errorf("collection %s: %w", c.Name, err)
			}
		}
		return nil
	})
}

// checkFile marks a new file, and refuses one of another program or of a newer
// hub.
func (x *session) checkFile(ctx context.Context) error {
	var is, version, objects int
	row := x.conn.QueryRowContext(ctx, "SELECT a.application_id, u.user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id a, pragma_user_version u")
	if err := row.Scan(&is, &version, &objects); err != nil {
		return err
	}
	switch {
	case is == application && version <= layout:
		return nil
	case is == application:
		return fmt.Errorf("a newer hub has written this file (layout %d, this one knows %d): use that version, or restore a backup made before it", version, layout)
	case objects > 0:
		return fmt.Errorf("this is the database of another program: give the hub a data directory of its own")
	}
	_, err := x.conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id=%d; PRAGMA user_version=%d;
		CREATE TABLE "hub:index" (collection TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL, uniq INTEGER NOT NULL,
			PRIMARY KEY (collection, name)) STRICT, WITHOUT ROWID`, application, layout))
	return err
}

func (x *session) migrateCollection(ctx context.Context, t *tables) error {
	if _, err := x.conn.ExecContext(ctx, t.create()); err != nil {
		return err
	}
	made, err := x.made(ctx, t.name)
	if err != nil {
		return err
	}
	var missing []table
	for _, ix := range t.indexes {
		if old, ok := made[ix.Name]; ok && old.Unique == ix.Unique && slices.Equal(old.Fields, ix.Fields) {
			delete(made, ix.Name)
		} else {
			missing = append(missing, ix)
		}
	}
	for name := range made {
		if err := x.drop(ctx, t.name, name); err != nil {
			return err
		}
	}
	for _, ix := range missing {
		if err := x.make(ctx, t.name, ix); err != nil {
			return err
		}
	}
	return x.fill(ctx, t, missing)
}

// made returns the indexes that the file has of a collection, by name.
func (x *session) made(ctx context.Context, collection string) (map[string]store.Index, error) {
	all := map[string]store.Index{}
	err := x.query(ctx, func(rows *sql.Rows) error {
		var ix store.Index
		var fields string
		if err := rows.Scan(&ix.Name, &fields, &ix.Unique); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(fields), &ix.Fields)
		all[ix.Name] = ix
		return err
	}, `SELECT name, fields, uniq FROM "hub:index" WHERE collection=?`, collection)
	return all, err
}

func (x *session) drop(ctx context.Context, collection, index string) error {
	if _, err := x.conn.ExecContext(ctx, "DROP TABLE "+quote(indexTable(collection, index))); err != nil {
		return err
	}
	_, err := x.conn.ExecContext(ctx, `DELETE FROM "hub:index" WHERE collection=? AND name=?`, collection, index)
	return err
}

func (x *session) make(ctx context.Context, collection string, ix table) error {
	if _, err := x.conn.ExecContext(ctx, ix.create()); err != nil {
		return err
	}
	fields, err := json.Marshal(ix.Fields)
	if err != nil {
		return err
	}
	_, err = x.conn.ExecContext(ctx, `INSERT INTO "hub:index" VALUES (?, ?, ?, ?)`, collection, ix.Name, string(fields), ix.Unique)
	return err
}

// stored is a document as far as indexes go.
type stored struct {
	n    int64
	id   string
	keys string
}

// fill enters the documents there are into new indexes, some at a time.
func (x *session) fill(ctx context.Context, t *tables, missing []table) error {
	only := &tables{name: t.name, doc: t.doc, indexes: missing}
	for last := int64(0); len(missing) > 0; {
		batch, err := x.after(ctx, t, last)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, d := range batch {
			if err := x.enter(ctx, only, d); err != nil {
				return err
			}
		}
		last = batch[len(batch)-1].n
	}
	return nil
}

func (x *session) after(ctx context.Context, t *tables, n int64) (batch []stored, err error) {
	err = x.query(ctx, func(rows *sql.Rows) error {
		var d stored
		err := rows.Scan(&d.n, &d.id, &d.keys)
		batch = append(batch, d)
		return err
	}, "SELECT n, id, keys FROM "+t.doc+" WHERE n > ? ORDER BY n LIMIT 500", n)
	return batch, err
}

func (x *session) enter(ctx context.Context, t *tables, d stored) error {
	keys, err := decodeKeys(d.keys)
	if err != nil {
		return err
	}
	err = translate(ctx, x.reindex(ctx, t, d.id, nil, keys))
	if errors.Is(err, hub.ErrConflict) {
		// Not wrapped: nobody can try again with another value here.
		return fmt.Errorf("document %q has the same values as another, so that the index cannot be unique (%v)", d.id, err)
	}
	return err
}
