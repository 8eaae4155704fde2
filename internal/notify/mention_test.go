package notify_test

import (
	"errors"
	"strings"
	"testing"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
)

// mention posts a text in a thread.
func (o *post) mention(t testing.TB, v hub.Viewer, x discuss.Thread, body string) {
	t.Helper()
	if _, err := o.Discuss.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: body, Lang: hub.English}); err != nil {
		t.Fatal(err)
	}
}

// TestMentioned: who is mentioned hears of it as of what they follow, once, and
// in the way that they want.
func TestMentioned(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(o *post, ben hub.Viewer, x discuss.Thread) error // what ben does first
		mails  int
		bell   int
		way    string
	}{
		{"AtOnce", nil, 1, 1, ""},
		{"Daily", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			return o.Members.SetNews(t.Context(), ben.Person, member.NewsDaily, "", member.Night)
		}, 1, 1, "daily"},
		{"NoMails", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			return o.Members.SetNews(t.Context(), ben.Person, member.NewsNever, "", member.Night)
		}, 0, 1, ""},
		{"NothingOfAll", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			return o.Members.SetNews(t.Context(), ben.Person, member.NewsNothing, "", member.Night)
		}, 0, 0, ""},
		{"NothingOfThread", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			way := member.NewsNothing
			return o.Discuss.Follow(t.Context(), ben, x.Space, x.Slug, false, &way)
		}, 0, 0, ""},
		{"Follows", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			return o.Discuss.Follow(t.Context(), ben, x.Space, x.Slug, true, nil)
		}, 1, 1, ""},
		{"HasSeenIt", func(o *post, ben hub.Viewer, x discuss.Thread) error { return o.Discuss.Read(t.Context(), ben, x, 9) }, 0, 0, ""},
		{"MayNotRead", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			_, err := o.Members.SetStanding(t.Context(), ben.Person, member.Standing{Role: hub.RoleStakeholder})
			return err
		}, 0, 0, ""},
		{"Suspended", func(o *post, ben hub.Viewer, x discuss.Thread) error {
			_, err := o.Members.SetStatus(t.Context(), ben.Person, member.StatusSuspended)
			return err
		}, 0, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newPost(t)
			ana, ben := o.member(t, "ana", ""), o.member(t, "ben", "")
			x := o.start(t, ana)
			o.startIn(t, ben, "network") // so that he has written here with his name
			o.told(t)
			o.mention(t, ana, x, "Secret: @ben knows. @ben!")
			if c.before != nil { // between the post and the telling
				if err := c.before(o, ben, x); err != nil {
					t.Fatal(err)
				}
			}
			all := o.told(t)
			if len(all) != c.mails || c.mails > 0 && (all[0].To != "ben@example.org" || all[0].Args["way"] != c.way) {
				t.Fatalf("mails: %+v", all)
			}
			ben, _, err := o.Members.Viewer(t.Context(), ben.Person)
			if err == nil {
				news, err := o.Discuss.News(t.Context(), ben)
				if err != nil || len(news) != c.bell || c.bell > 0 && news[0].Mark.Named != 2 {
					t.Errorf("the bell has %+v, %v", news, err)
				}
			}
			o.say(t, ana, x)
			if all := o.told(t); len(all) != 0 {
				t.Errorf("told of the next post, or again: %+v", all)
			}
			for _, m := range all {
				l, err := o.News(t.Context(), m)
				if err != nil || l.Threads != 1 || strings.Contains(strings.Join(l.Titles, " "), "ecret") {
					t.Errorf("the letter: %+v, %v", l, err)
				}
				if err := o.Discuss.Read(t.Context(), ben, x, 2); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestMentionedAndRemoved: who is taken out of a space whose members are named
// hears nothing of a mention there, whether they are told before or after.
func TestMentionedAndRemoved(t *testing.T) {
	for _, told := range []bool{false, true} {
		o := newPost(t)
		ana, ben := o.member(t, "ana", ""), o.member(t, "ben", "")
		keeper := hub.Viewer{Person: "keeper", Role: hub.RoleModerator}
		space := discuss.Space{Slug: "dialogue", Tier: discuss.Dialogue, Kind: discuss.Questions, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Space", Purpose: "To talk."}}}
		err := o.Discuss.Ship(t.Context(), []discuss.Space{space})
		for _, v := range []hub.Viewer{ana, ben} {
			err = errors.Join(err, o.Discuss.Admit(t.Context(), keeper, "dialogue", v.Person))
		}
		if err != nil {
			t.Fatal(err)
		}
		x, err := o.Discuss.Start(t.Context(), ana, "dialogue", discuss.NewThread{Title: "Secret title", Body: "@ben", Lang: hub.English})
		if err != nil {
			t.Fatal(err)
		}
		var mails []mail.Item
		if told {
			mails = o.told(t)
		}
		if err := o.Discuss.Dismiss(t.Context(), keeper, "dialogue", ben.Person, "left"); err != nil {
			t.Fatal(err)
		}
		if all := o.told(t); len(all) != 0 || len(mails) != map[bool]int{true: 1}[told] {
			t.Fatalf("mails: %+v, then %+v", mails, all)
		}
		for _, m := range mails {
			if _, err := o.News(t.Context(), m); !errors.Is(err, mail.ErrUnwanted) {
				t.Errorf("the mail that waits: %v", err)
			}
		}
		if n, err := o.Discuss.CountNews(t.Context(), ben, 10); n != 0 || err != nil {
			t.Errorf("the bell says %d of %s, %v", n, x.Title, err)
		}
	}
}

// TestMentionedCrash: what could not be told is told later, once.
func TestMentionedCrash(t *testing.T) {
	o := newPost(t)
	ana, ben, sam := o.member(t, "ana", ""), o.member(t, "ben", ""), o.member(t, "sam", "")
	x := o.start(t, ana)
	o.startIn(t, ben, "network")
	o.startIn(t, sam, "network")
	o.told(t)
	o.mention(t, ana, x, "@ben @sam")
	o.fail = errors.New("the disk is full")
	if err := o.Tell(t.Context()); !errors.Is(err, o.fail) {
		t.Fatalf("%v", err)
	}
	o.fail = nil
	if all := o.told(t); len(all) != 2 {
		t.Errorf("%+v", all)
	}
	if all := o.told(t); len(all) != 0 {
		t.Errorf("again: %+v", all)
	}
}
