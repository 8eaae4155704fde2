package letters_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/letters"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

// box keeps mails, one for each cause.
type box []mail.Item

func (b *box) Add(_ context.Context, i mail.Item) error {
	if !slices.ContainsFunc(*b, func(x mail.Item) bool { return x.Cause == i.Cause }) {
		*b = append(*b, i)
	}
	return nil
}

// TestDigest: a digest in its reader's language says how much is new, and the
// titles of threads in open spaces; a question that waits is only said to.
func TestDigest(t *testing.T) {
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(discuss.Collections(), member.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	door, err := access.New(policies.Files, s)
	if err != nil {
		t.Fatal(err)
	}
	catalogs, err := i18n.Load(os.DirFS("../../web/catalog"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	members := &member.Service{Store: s, Now: now}
	talk := &discuss.Service{Door: door, Store: s, Members: members, Log: &audit.Log{Store: s, Now: now}, Now: now, NewID: hub.NewID}
	for slug, tier := range map[string]discuss.Tier{"network": discuss.Network, "open": discuss.Public, "account": discuss.Registered} {
		x := discuss.Space{Slug: slug, Tier: tier, Kind: discuss.Questions, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Room of " + slug, Purpose: "To talk."}}}
		if err := talk.Ship(t.Context(), []discuss.Space{x}); err != nil {
			t.Fatal(err)
		}
	}
	var mails box
	tell := &notify.Service{Discuss: talk, Members: members, Mail: &mails, Secret: []byte(strings.Repeat("s", 32)), Now: now}
	var asked []discuss.Follower
	tell.Candidates = func(context.Context, discuss.Thread) (found []notify.Candidate, err error) {
		for _, f := range asked {
			found = append(found, notify.Candidate{Follower: f})
		}
		return found, nil
	}
	join := func(name string, l hub.Lang) hub.Viewer {
		p, err := members.Create(t.Context(), member.NewPerson{Email: name + "@example.org", Name: name, Role: hub.RoleMember, Mechanism: "MDA", Lang: l})
		if err != nil {
			t.Fatal(err)
		}
		return hub.Viewer{Person: p.ID, Role: p.Role, Mechanism: p.Mechanism}
	}
	begin := func(v hub.Viewer, space, title string) {
		if _, err := talk.Start(t.Context(), v, space, discuss.NewThread{Title: title, Body: "Private body", Lang: hub.English}); err != nil {
			t.Fatal(err)
		}
	}
	sam := join("sam", "")
	for l, way := range map[hub.Lang]member.News{hub.English: member.NewsDaily, hub.French: member.NewsWeekly, hub.Arabic: member.NewsDaily} {
		v := join("reader-"+string(l), l)
		asked = append(asked, discuss.Follower{Person: v.Person})
		if err := members.SetNews(t.Context(), v.Person, way, "", member.Night); err != nil {
			t.Fatal(err)
		}
		for _, space := range []string{"network", "open", "account"} {
			if err := talk.Follow(t.Context(), v, space, "", true, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for space, title := range map[string]string{"network": "Private title", "open": "What helps?", "account": "كيف نبدأ؟"} {
		begin(sam, space, title)
	}
	if err := tell.Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	at = at.Add(discuss.WaitFor + time.Second)
	if err := tell.Rise(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &letters.Writer{Catalogs: catalogs, Notify: tell, Origin: "https://hub.example"}
	kinds := map[string]int{}
	for _, i := range mails {
		l, err := w.Write(t.Context(), i)
		if err != nil {
			t.Fatalf("%+v: %v", i, err)
		}
		text := strings.Join(slices.Concat([]string{l.Subject, l.Greeting}, l.Paragraphs, l.Items, []string{l.Action, l.Link}, l.After, []string{l.Closing, l.Unsubscribe}), "\n")
		t.Logf("%s in %s, not before %s\n%s\n", i.Kind, i.Lang, i.After, text)
		if strings.ContainsAny(text, "[]{}") || strings.Contains(text, "Private") || strings.Contains(text, "network") || strings.Contains(text, "sam") {
			t.Errorf("%s in %s:\n%s", i.Kind, i.Lang, text)
		}
		if want := map[string]int{notify.LetterNews: 2}[i.Kind]; len(l.Items) != want {
			t.Errorf("%s in %s lists %q", i.Kind, i.Lang, l.Items)
		}
		kinds[i.Kind+" "+string(i.Lang)]++
	}
	for _, l := range []hub.Lang{hub.English, hub.French, hub.Arabic} {
		if kinds["news "+string(l)] != 1 || kinds["asked "+string(l)] != 3 {
			t.Errorf("%v", kinds)
		}
	}
}
