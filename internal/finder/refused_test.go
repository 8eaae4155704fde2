package finder_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// picky is an index that does not take what has a word in its title.
type picky struct {
	search.Index
	word string
}

var errPicky = errors.New("it is not taken")

func (x *picky) Put(ctx context.Context, docs []search.Doc) error {
	for _, d := range docs {
		for _, v := range d.Versions {
			if x.word != "" && strings.Contains(v.Title, x.word) {
				return errPicky
			}
		}
	}
	return x.Index.Put(ctx, docs)
}

// TestOneRefused: an entry that the index does not take keeps no other out, and
// nothing of what it was before is found.
func TestOneRefused(t *testing.T) {
	h := empty(t)
	index := &picky{Index: h.keeper.Index}
	h.keeper.Index = index
	var told []error
	h.keeper.Report = func(err error) { told = append(told, err) }
	found := func(words string) int { return h.ask(t, member, finder.Ask{Words: words}).Total }
	catchUp := func() error { return h.keeper.CatchUp(t.Context()) }

	bad := h.publish(t, h.draft(t, hub.TierPublic, "Open hornbill"))
	if err := catchUp(); err != nil || found("hornbill") != 1 {
		t.Fatalf("before: %d, %v", found("hornbill"), err)
	}
	if _, err := h.records.Edit(t.Context(), moderator, bad.ID, func(r *hub.Record) error {
		r.Versions[0].Title = "Poisonous hornbill"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"Open toucan", "Open lapwing", "Open godwit"} {
		h.publish(t, h.draft(t, hub.TierPublic, title))
	}
	index.word = "Poisonous"
	if err := catchUp(); err != nil || len(told) != 1 || !errors.Is(told[0], errPicky) {
		t.Errorf("%v, told %v", err, told)
	}
	if found("toucan") != 1 || found("lapwing") != 1 || found("godwit") != 1 || found("hornbill") != 0 {
		t.Error("what is beside it is not found, or what it was still is")
	}

	index.word = "n" // the index takes nothing more
	for _, title := range []string{"Open curlew", "Open plover", "Open dunlin", "Open avocet"} {
		h.publish(t, h.draft(t, hub.TierPublic, title))
	}
	if err := catchUp(); !errors.Is(err, errPicky) {
		t.Errorf("an index that takes nothing: %v", err)
	}
	index.word = ""
	if err := catchUp(); err != nil || found("hornbill") != 1 || found("avocet") != 1 {
		t.Errorf("later %d and %d are found, %v", found("hornbill"), found("avocet"), err)
	}
}
