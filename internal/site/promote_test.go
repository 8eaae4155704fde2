package site

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/contribute"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/store/storetest"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

// writers is a site whose members talk and write records, over a real store
// whose writes can be made to fail.
func writers(t *testing.T) (*Site, *storetest.Faulty) {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(discuss.Collections(), audit.Collections(), record.Collections(), member.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := &storetest.Faulty{Store: db}
	door, err := access.New(policies.Files, f)
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(seed.Files, words)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().UTC().Round(0) }
	s := &Site{Vocabulary: words}
	s.Writing = &contribute.Service{Sets: sets, Checker: question.Checker{Words: words, Exists: func(hub.Kind, string) bool { return false }}}
	s.Records = &record.Service{
		Door: door, Store: f, Catalogue: record.NewCatalogue(words.StateName), Kinds: map[hub.Kind]record.Kind{hub.Practice: practice.Kind()},
		Region: words.Region, Now: now, NewID: hub.NewID, Asks: s.Writing.Asks,
	}
	s.Writing.Records = s.Records
	s.Discuss = &discuss.Service{Door: door, Store: f, Members: &member.Service{Store: f}, Log: &audit.Log{Store: f, Now: now}, Now: now, NewID: hub.NewID}
	space := discuss.Space{Slug: "tools", Tier: discuss.Network, Kind: discuss.Questions, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Tools", Purpose: "To talk."}}}
	if err := s.Discuss.Ship(t.Context(), []discuss.Space{space}); err != nil {
		t.Fatal(err)
	}
	s.Discuss.Members = anybody{now().Add(-1000 * time.Hour)}
	return s, f
}

// anybody are accounts that are as old as this.
type anybody struct{ since time.Time }

func (a anybody) Person(_ context.Context, id string) (member.Person, error) {
	return member.Person{ID: id, Name: id, Role: hub.RoleMember, Mechanism: "MDA", Created: a.since}, nil
}

func (anybody) OfRole(context.Context, hub.Role) ([]member.Person, error) { return nil, nil }

func (a anybody) Viewer(ctx context.Context, id string) (hub.Viewer, member.Person, error) {
	p, err := a.Person(ctx, id)
	return hub.Viewer{Person: id, Role: p.Role, Mechanism: p.Mechanism}, p, err
}

// TestOneDraft: of the words of another there is one draft, by however many
// presses at once, and where the hub stops between any two of the writes.
func TestOneDraft(t *testing.T) {
	asker := hub.Viewer{Person: "asker", Role: hub.RoleMember, Mechanism: "MDA"}
	author := hub.Viewer{Person: "author", Role: hub.RoleMember, Mechanism: "MAR"}
	third := hub.Viewer{Person: "third", Role: hub.RoleMember, Mechanism: "MDA"}
	for name, stops := range map[string]int{"AtOnce": 0, "BeforeTheClaim": 1, "BeforeTheDraft": 2, "BeforeTheNote": 3, "AfterAll": 4} {
		for _, lost := range []bool{false, true} { // the write is not done, or its answer is lost
			t.Run(fmt.Sprint(name, lost), func(t *testing.T) {
				s, f := writers(t)
				x, err := s.Discuss.Start(t.Context(), asker, "tools", discuss.NewThread{Title: "How?", Body: "How do you do it?", Lang: hub.English})
				if err != nil {
					t.Fatal(err)
				}
				p, err := s.Discuss.Append(t.Context(), author, x.Space, x.Slug, discuss.NewPost{Body: "We write it down.", Lang: hub.English})
				if err != nil {
					t.Fatal(err)
				}
				err = errors.Join(s.Discuss.AskConsent(t.Context(), asker, x.Space, x.Slug, p.Seq, hub.Practice), s.Discuss.SayConsent(t.Context(), author, x.Space, x.Slug, p.Seq, true))
				if err != nil {
					t.Fatal(err)
				}
				press := func(v hub.Viewer) (*hub.Record, error) {
					rec, _, err := s.draftOf(t.Context(), v, x, p.Seq, hub.Practice, p.Body, p.Lang)
					return rec, err
				}
				if stops > 0 {
					f.FailWrite(stops, lost, errors.New("the hub stops"))
					if _, err := press(asker); stops < 4 && err == nil {
						t.Fatal("it did not stop")
					}
					f.Mend()
					// Meanwhile the author words the post anew.
					if _, err := s.Discuss.Edit(t.Context(), author, x.Space, x.Slug, p.Seq, "We write it all down.", time.Time{}); err != nil {
						t.Fatal(err)
					}
				}
				var wg sync.WaitGroup
				for range 10 {
					wg.Go(func() {
						if rec, err := press(asker); err != nil || !strings.HasPrefix(rec.In(hub.English).Title, "We write it") {
							t.Errorf("pressed: %v, %v", rec, err)
						}
					})
				}
				wg.Wait()
				mine, err := s.Records.Mine(t.Context(), asker)
				if err != nil || len(mine) != 1 {
					t.Fatalf("%d drafts, %v", len(mine), err)
				}
				if _, now, err := s.Discuss.One(t.Context(), asker, x.Space, x.Slug, p.Seq); err != nil || now.Consent.Draft != mine[0].ID {
					t.Errorf("the post names %q, not %q: %v", now.Consent.Draft, mine[0].ID, err)
				}
				if _, err := press(third); !errors.Is(err, hub.ErrNotFound) {
					t.Errorf("somebody who did not ask: %v", err)
				}
			})
		}
	}
}
