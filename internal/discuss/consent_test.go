package discuss_test

import (
	"errors"
	"testing"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestConsent: who leads asks once, the author alone answers, and may change
// the answer until a draft was begun.
func TestConsent(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	p, err := r.Append(t.Context(), sam, x.Space, x.Slug, discuss.NewPost{Body: "So.", Lang: hub.English, Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	r.say(t, ana, x, "Mine.")
	third, stakeholder := somebody("third", hub.RoleMember), somebody("s", hub.RoleStakeholder)
	ask := func(v hub.Viewer, seq int64) func() error {
		return func() error { return r.AskConsent(t.Context(), v, x.Space, x.Slug, seq, hub.Practice) }
	}
	say := func(v hub.Viewer, yes bool) func() error {
		return func() error { return r.SayConsent(t.Context(), v, x.Space, x.Slug, p.Seq, yes) }
	}
	claimFor := func(v hub.Viewer, use hub.Kind) func() error {
		return func() error {
			got, err := r.ClaimConsent(t.Context(), v, x.Space, x.Slug, p.Seq, use)
			if err == nil && got.Body != "So." {
				t.Errorf("claimed %q", got.Body)
			}
			return err
		}
	}
	claim := func(v hub.Viewer) func() error { return claimFor(v, hub.Practice) }
	asks := func(v hub.Viewer) (n int) {
		all, err := r.News(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			if x.Asks == p.Seq {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		name string
		do   func() error
		want error
		asks int // of the author, after it
	}{
		{"answered before it is asked", say(sam, true), hub.ErrNotFound, 0},
		{"asked by who does not lead", ask(third, p.Seq), hub.ErrForbidden, 0},
		{"asked by who may not read", ask(stakeholder, p.Seq), hub.ErrNotFound, 0},
		{"asked without an account", ask(hub.Public, p.Seq), hub.ErrNotFound, 0},
		{"asked of oneself", ask(ana, 3), hub.ErrNotFound, 0},
		{"asked of no post", ask(ana, 9), hub.ErrNotFound, 0},
		{"asked for a kind that is not made of posts", func() error { return r.AskConsent(t.Context(), ana, x.Space, x.Slug, p.Seq, hub.Event) }, hub.ErrNotFound, 0},
		{"asked", ask(ana, p.Seq), nil, 1},
		{"asked twice", ask(ana, p.Seq), nil, 1},
		{"asked by another", ask(moderator, p.Seq), nil, 1},
		{"claimed before the answer", claim(ana), hub.ErrNotFound, 1},
		{"answered by who asked", say(ana, true), hub.ErrNotFound, 1},
		{"answered by a third", say(third, true), hub.ErrNotFound, 1},
		{"no", say(sam, false), nil, 0},
		{"claimed after no", claim(ana), hub.ErrNotFound, 0},
		{"yes", say(sam, true), nil, 0},
		{"taken back", say(sam, false), nil, 0},
		{"claimed after it was taken back", claim(ana), hub.ErrNotFound, 0},
		{"yes again", say(sam, true), nil, 0},
		{"claimed by a moderator who did not ask", claim(moderator), hub.ErrNotFound, 0},
		{"claimed for what was not asked", claimFor(ana, hub.Resource), hub.ErrNotFound, 0},
		{"claimed", claim(ana), nil, 0},
		{"claimed again", claim(ana), nil, 0},
		{"taken back too late", say(sam, false), hub.ErrConflict, 0},
		{"yes as before", say(sam, true), nil, 0},
		{"noted", func() error { return r.Drafted(t.Context(), ana, x.Space, x.Slug, p.Seq, hub.Practice, "draft-1") }, nil, 0},
		{"noted again", func() error { return r.Drafted(t.Context(), ana, x.Space, x.Slug, p.Seq, hub.Practice, "draft-2") }, nil, 0},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if n := asks(sam); n != c.asks {
			t.Errorf("%s: the author has %d requests, want %d", c.name, n, c.asks)
		}
		if asks(ana)+asks(third)+asks(moderator) != 0 {
			t.Errorf("%s: somebody else has a request", c.name)
		}
	}
	_, now, err := r.One(t.Context(), ana, x.Space, x.Slug, p.Seq)
	if err != nil || now.Consent.Draft != "draft-1" || now.Consent.By != "ana" {
		t.Errorf("kept %+v, %v", now.Consent, err)
	}
	own, err := r.Own(t.Context(), "sam")
	if err != nil || own.(discuss.OwnTalk).Posts[0].Consent.By != "" {
		t.Errorf("the author's own data say who asked: %v", err)
	}
}

// TestConsentGone: who is asked for the use of a post that was deleted, or that
// they may not read any more, has no news of it.
func TestConsentGone(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	p := r.say(t, sam, x, "So.")
	if err := r.AskConsent(t.Context(), ana, x.Space, x.Slug, p.Seq, hub.Practice); err != nil {
		t.Fatal(err)
	}
	if n, err := r.CountNews(t.Context(), sam, 9); err != nil || n != 1 {
		t.Errorf("%d news, %v", n, err)
	}
	if n, err := r.CountNews(t.Context(), hub.Viewer{Person: "sam", Role: hub.RoleStakeholder}, 9); err != nil || n != 0 {
		t.Errorf("no member any more: %d news, %v", n, err)
	}
	if err := r.Delete(t.Context(), sam, x.Space, x.Slug, p.Seq, ""); err != nil {
		t.Fatal(err)
	}
	if n, err := r.CountNews(t.Context(), sam, 9); err != nil || n != 0 {
		t.Errorf("deleted: %d news, %v", n, err)
	}
	if all, err := r.Unasked(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("deleted: %d to tell, %v", len(all), err)
	}
	if err := r.SayConsent(t.Context(), sam, x.Space, x.Slug, p.Seq, true); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("answered for a deleted post: %v", err)
	}
}
