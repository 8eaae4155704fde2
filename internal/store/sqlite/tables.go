package sqlite

import (
	"fmt"
	"strings"

	"nmirfhub/internal/store"
)

// tables is the SQL of a collection, written once.
type tables struct {
	name    string
	doc     string // name of the table of documents, quoted
	indexes []table

	get, head, insert, update, remove string
}

// table is the SQL of an index.
type table struct {
	store.Index
	name        string // quoted
	add, remove string
}

func newTables(c store.Collection) *tables {
	doc := quote("doc:" + c.Name)
	t := &tables{
		name:   c.Name,
		doc:    doc,
		get:    "SELECT rev, keys, body FROM " + doc + " WHERE id=?",
		head:   "SELECT rev, keys FROM " + doc + " WHERE id=?",
		insert: "INSERT INTO " + doc + " (id, rev, keys, body) VALUES (?, 1, ?, ?)",
		update: "UPDATE " + doc + " SET rev=rev+1, keys=?, body=? WHERE id=? AND rev=?",
		remove: "DELETE FROM " + doc + " WHERE id=? AND rev=?",
	}
	for _, x := range c.Indexes {
		t.indexes = append(t.indexes, newTable(c.Name, x))
	}
	return t
}

func newTable(collection string, x store.Index) table {
	name := quote(indexTable(collection, x.Name))
	columns := append(columns(x, 0), "id")
	return table{
		Index:  x,
		name:   name,
		add:    fmt.Sprintf("INSERT INTO %s VALUES (?%s)", name, strings.Repeat(", ?", len(x.Fields))),
		remove: fmt.Sprintf("DELETE FROM %s WHERE %s=?", name, strings.Join(columns, "=? AND ")),
	}
}

// create is the SQL that makes the table. The key of a unique index leaves the
// id out, so that the engine refuses the same values twice. No column is of
// type TEXT, the id neither: the engine would turn a bound that is a number
// into text before it compares.
func (t table) create() string {
	key := columns(t.Index, 0)
	definition := strings.Join(key, " ANY NOT NULL, ") + " ANY NOT NULL, id ANY NOT NULL"
	if !t.Unique {
		key = append(key, "id")
	}
	return fmt.Sprintf("CREATE TABLE %s (%s, PRIMARY KEY (%s)) STRICT, WITHOUT ROWID", t.name, definition, strings.Join(key, ", "))
}

func (t *tables) create() string {
	return "CREATE TABLE IF NOT EXISTS " + t.doc +
		" (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL, keys TEXT NOT NULL, body BLOB NOT NULL) STRICT"
}

// find is the SQL that reads a stretch of the index in order: the first
// columns are equal to values, the next is bounded on both sides. It gives
// the columns from the bounded one on, which order the answer.
func (t table) find(equal int, desc bool) string {
	all := append(columns(t.Index, 0), "id")
	order := all[equal:]
	direction := ""
	if desc {
		direction = " DESC"
	}
	where := ""
	for _, c := range all[:equal] {
		where += c + "=? AND "
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s%s>=? AND %s<? ORDER BY %s%s LIMIT ?",
		strings.Join(order, ", "), t.name, where, order[0], order[0], strings.Join(order, direction+", "), direction)
}

// columns names the columns of an index from the nth field on.
func columns(x store.Index, n int) []string {
	var names []string
	for i := range x.Fields[n:] {
		names = append(names, fmt.Sprintf("f%d", n+i))
	}
	return names
}

func indexTable(collection, index string) string { return "idx:" + collection + ":" + index }

// quote makes an SQL name of one that store.Schema has let through.
func quote(name string) string { return `"` + name + `"` }
