package seeding

import (
	"testing"
	"testing/fstest"

	"nmirfhub/internal/event"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

// FuzzRead: no file of records makes the reader fall over, and what it takes
// in has a slug and words, and what it refuses is named.
func FuzzRead(f *testing.F) {
	f.Add("- slug: good\n  date: '2022'\n  body:\n    type: seminar\n  texts:\n    en:\n      title: Good\n")
	f.Add("- slug: a\n  texts: {en: {title: A}, fr: {title: B}}\n  body: {type: seminar}\n")
	f.Add("- &a [*a]\n")
	f.Add("- slug: a\n  body: {1: 2, [x]: y}\n")
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content string) {
		files := fstest.MapFS{"records/event.yaml": &fstest.MapFile{Data: []byte(content)}}
		r := reader{fsys: files, words: words, slugs: map[string]bool{}}
		r.kind(event.Kind())
		for _, rec := range r.records {
			if rec.Slug == "" || rec.In(rec.Original).Title == "" {
				t.Errorf("%+v came in without slug or words", rec)
			}
		}
		for _, p := range r.problems {
			if p.File == "" || p.Say == "" {
				t.Errorf("an unnamed problem: %+v", p)
			}
		}
	})
}
