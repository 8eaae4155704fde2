package discuss_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestStrike: an earlier wording of a post that was struck out is read by
// nobody, leaves when and why, and is destroyed in the end; the attempt that
// began the post is still known by it.
func TestStrike(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	p, err := r.Append(t.Context(), sam, x.Space, x.Slug, discuss.NewPost{Body: "Ion C. wombat", Lang: hub.English, Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"Somebody wombat", "Somebody else"} {
		r.pass(time.Minute)
		now, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, body, p.Edited)
		if err != nil {
			t.Fatal(err)
		}
		p = now
	}
	first := p.Before[0].At
	for name, c := range map[string]struct {
		v      hub.Viewer
		until  time.Time
		reason string
		want   error
	}{
		"Author":    {sam, first, "No.", hub.ErrForbidden},
		"Member":    {third, first, "No.", hub.ErrForbidden},
		"Outsider":  {somebody("out", hub.RoleStakeholder), first, "No.", hub.ErrNotFound},
		"Admin":     {somebody("admin", hub.RoleAdmin), first, "No.", hub.ErrNotFound},
		"None":      {moderator, first.Add(time.Second), "No.", hub.ErrNotFound},
		"Struck":    {moderator, first, "Names  somebody.", nil},
		"StruckTwo": {moderator, first, "Names somebody.", nil},
	} {
		if err := r.Strike(t.Context(), c.v, x.Space, x.Slug, p.Seq, c.until, c.reason); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	var invalid *hub.Invalid
	if err := r.Strike(t.Context(), moderator, x.Space, x.Slug, p.Seq, first, " "); !errors.As(err, &invalid) || invalid.Field != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	for _, v := range []hub.Viewer{ana, sam, moderator} {
		_, one, err := r.One(t.Context(), v, x.Space, x.Slug, p.Seq)
		if err != nil || len(one.Before) != 2 || one.Before[0].Body != "" || one.Before[0].Struck.Reason != "Names somebody." || one.Before[1].Body != "Somebody wombat" {
			t.Errorf("%s reads %+v, %v", v.Person, one.Before, err)
		}
		all, _ := r.read(t, v, x, 1)
		if all[1].Before[0].Body != "" {
			t.Errorf("%s reads it in the thread", v.Person)
		}
	}
	own, err := r.Own(t.Context(), "sam")
	if err != nil || own.(discuss.OwnTalk).Posts[0].Before[0].Struck.By != "" {
		t.Errorf("the author's own data say who struck it out: %v", err)
	}
	if again, err := r.Append(t.Context(), sam, x.Space, x.Slug, discuss.NewPost{Body: "Ion C. wombat", Lang: hub.English, Key: "k"}); err != nil || again.Seq != p.Seq || !again.Began("Ion C. wombat") {
		t.Errorf("the attempt is a new one: %v", err)
	}

	kept := func() bool {
		d, err := r.Store.Get(t.Context(), "posts", x.ID+"-2")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(d.Body), "Ion C.")
	}
	for _, c := range []struct {
		pass time.Duration
		want bool
	}{{discuss.KeepDeleted, true}, {time.Hour, false}} {
		r.pass(c.pass)
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if kept() != c.want {
			t.Errorf("after %s it is kept: %v", c.pass, !c.want)
		}
	}
	if again, err := r.Append(t.Context(), sam, x.Space, x.Slug, discuss.NewPost{Body: "Ion C. wombat", Lang: hub.English, Key: "k"}); err != nil || !again.Began("Ion C. wombat") {
		t.Errorf("the attempt is a new one in the end: %v", err)
	}
	if _, one, err := r.One(t.Context(), ana, x.Space, x.Slug, p.Seq); err != nil || one.Before[0].Struck == nil || one.Before[1].Body != "Somebody wombat" {
		t.Errorf("in the end %+v, %v", one.Before, err)
	}
}

// TestStrikeSummary: the same of a summary; what was struck out is not brought
// back, nor shown beside a proposal that starts from it.
func TestStrikeSummary(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	for n, body := range []string{"Ion C. said", "Somebody said"} {
		if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, body, int64(n)); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			r.propose(t, sam, x, "Ion C. said so")
		}
	}
	for name, c := range map[string]struct {
		v    hub.Viewer
		n    int64
		want error
	}{
		"Asker": {ana, 1, hub.ErrForbidden}, "Outsider": {somebody("out", hub.RoleStakeholder), 1, hub.ErrNotFound},
		"Present": {moderator, 2, hub.ErrNotFound}, "None": {moderator, 0, hub.ErrNotFound}, "Struck": {moderator, 1, nil},
	} {
		if err := r.StrikeSummary(t.Context(), c.v, x.Space, x.Slug, c.n, "Names somebody."); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, v := range []hub.Viewer{ana, sam, moderator} {
		_, all, err := r.Wordings(t.Context(), v, x.Space, x.Slug)
		if err != nil || len(all) != 2 || all[0].Body != "" || all[0].Struck.Reason != "Names somebody." || all[1].Body != "Somebody said" {
			t.Errorf("%s reads %+v, %v", v.Person, all, err)
		}
		for _, p := range r.table(t, v, x).Waiting {
			if p.Base != "" {
				t.Errorf("%s reads it beside a proposal: %q", v.Person, p.Base)
			}
		}
	}
	if _, err := r.Restore(t.Context(), ana, x.Space, x.Slug, 1, 2); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("brought back: %v", err)
	}
	r.pass(discuss.KeepDeleted + time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	d, err := r.Store.Get(t.Context(), "summary-wordings", x.ID+"-1")
	if err != nil || strings.Contains(string(d.Body), "Ion") || !strings.Contains(string(d.Body), "Names somebody.") {
		t.Errorf("kept is %s, %v", d.Body, err)
	}
}

// TestEditTwice: the same wording sent again is no conflict, another one is.
func TestEditTwice(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	p := r.say(t, ana, x, "One")
	r.pass(time.Minute)
	for _, c := range []struct {
		body string
		want error
	}{{"Two", nil}, {"Two", nil}, {"Three", hub.ErrConflict}} {
		if _, err := r.Reword(t.Context(), ana, x.Space, x.Slug, p.Seq, c.body, p.Edited); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.body, err, c.want)
		}
	}
	if _, one, err := r.One(t.Context(), ana, x.Space, x.Slug, p.Seq); err != nil || one.Body != "Two" || len(one.Before) != 1 {
		t.Errorf("%+v, %v", one, err)
	}
}
