package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"nmirfhub/internal/store"
)

// sizes are those at which a call must cost about the same.
var sizes = []int{1_000, 100_000}

var posts = []store.Collection{{Name: "posts", Indexes: []store.Index{
	{Name: "slug", Fields: []string{"kind", "slug"}, Unique: true},
	{Name: "status", Fields: []string{"kind", "status", "updated"}},
	{Name: "theme", Fields: []string{"kind", "theme", "updated"}},
}}}

// post is a document like a record: a body of 2 KB, eight keys in the indexes.
func post(n int) store.Doc {
	body := make([]byte, 2000)
	for i := range body {
		body[i] = byte('a' + (n+i)%26)
	}
	return store.Doc{ID: postID(n), Body: body, Keys: map[string]store.Value{
		"kind": "practice", "slug": fmt.Sprint("slug-", n), "status": "published",
		"updated": fmt.Sprintf("2025-01-01T00:%09d", n), "theme": []string{fmt.Sprint("t", n%10), fmt.Sprint("t", n%7)},
	}}
}

// filled is a store with n documents, written in one go.
func filled(b *testing.B, n int) *Store {
	b.Helper()
	s := mustOpen(b, filepath.Join(b.TempDir(), "hub.db"), posts)
	w := <-s.writer
	err := w.transact(context.Background(), "BEGIN IMMEDIATE", func() error {
		for i := range n {
			if err := w.insert(context.Background(), s.tables["posts"], post(i)); err != nil {
				return err
			}
		}
		return nil
	})
	s.writer <- w
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func atSizes(b *testing.B, run func(b *testing.B, s *Store, n int)) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := filled(b, n)
			b.ReportAllocs()
			run(b, s, n)
		})
	}
}

func BenchmarkGet(b *testing.B) {
	atSizes(b, func(b *testing.B, s *Store, n int) {
		i := 0
		for b.Loop() {
			i = (i + 7919) % n
			if _, err := s.Get(context.Background(), "posts", postID(i)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func postID(n int) string { return fmt.Sprintf("id%024d", n*7919%1_000_003) }

func BenchmarkInsert(b *testing.B) {
	atSizes(b, func(b *testing.B, s *Store, n int) {
		for b.Loop() {
			if err := s.Insert(context.Background(), "posts", post(n)); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
}

// BenchmarkListPage reads the second page of 25, so that a cursor is in it.
func BenchmarkListPage(b *testing.B) {
	atSizes(b, func(b *testing.B, s *Store, n int) {
		benchPage(b, s, store.Query{Index: "status", Equal: [][]store.Value{{"practice"}, {"published"}}, Desc: true, Limit: 25})
	})
}

// BenchmarkListPageOfThemes does so by three values of a field with several.
func BenchmarkListPageOfThemes(b *testing.B) {
	atSizes(b, func(b *testing.B, s *Store, n int) {
		benchPage(b, s, store.Query{Index: "theme", Equal: [][]store.Value{{"practice"}, {"t1", "t2", "t3"}}, Desc: true, Limit: 25})
	})
}

func benchPage(b *testing.B, s *Store, q store.Query) {
	first, err := s.List(context.Background(), "posts", q)
	if err != nil || first.Next == "" {
		b.Fatal(len(first.Docs), err)
	}
	q.After = first.Next
	for b.Loop() {
		page, err := s.List(context.Background(), "posts", q)
		if err != nil || len(page.Docs) != 25 {
			b.Fatal(len(page.Docs), err)
		}
	}
}
