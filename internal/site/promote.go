package site

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	page "nmirfhub/web/page/discuss"
)

// promoted is the question of a kind that takes what somebody said in a talk:
// what they do, or what the text says.
var promoted = map[hub.Kind]string{hub.Practice: "done", hub.Resource: "text"}

// uses are the kinds of which the reader may make drafts of what was said.
func (r *request) uses() []hub.Kind {
	if !r.site.Records.Writes(r.viewer) {
		return nil
	}
	return discuss.Uses
}

// promote begins a draft of a kind with a post that the reader wrote, or whose
// author consented, or, with seq 0, the outcome of a thread that they lead.
// Nothing else of the talk goes along, its title neither: that may be the words
// of another.
func (s *Site) promote(ctx context.Context, r *request, t discuss.Thread, seq int64, use hub.Kind) error {
	body, lang, draft, err := s.wordsFor(ctx, r, t, seq, use)
	if err != nil {
		return err
	}
	if draft != "" {
		return r.done(contributionPath(&hub.Record{ID: draft}), "promote.of")
	}
	set := s.Writing.Sets.For(use, r.viewer.Mechanism)
	if set == nil || set.Question(promoted[use]) == nil {
		return hub.ErrNotFound
	}
	if most := set.Question(promoted[use]).Most; most > 0 && utf8.RuneCountInString(body) > most {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, r.T("discuss.promote."+string(use)+".long", "most", r.Number(most)))
	}
	rec, others, err := s.draftOf(ctx, r.viewer, t, seq, use, body, lang)
	if err != nil {
		return err
	}
	done := "promote"
	if others {
		done = "promote.of"
	}
	return r.done(contributionPath(rec), done)
}

// draftOf makes a draft of words that the viewer may use. Of the words of
// another there is one draft: their consent is claimed before it is begun, and
// the post names it afterwards. Whoever presses twice, or again after a crash
// between the three, gets that draft.
func (s *Site) draftOf(ctx context.Context, v hub.Viewer, t discuss.Thread, seq int64, use hub.Kind, body string, l hub.Lang) (rec *hub.Record, others bool, err error) {
	others, claimed, err := s.claim(ctx, v, t, seq, use)
	if err != nil {
		return nil, others, err
	}
	if others {
		body = claimed
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, others, err
	}
	answer := question.Answer(raw)
	text := contribute.Text{Lang: l, Title: firstWords(body), Entries: []contribute.Entry{{Question: promoted[use], Answer: &answer}}}
	if !others {
		rec, err = s.Writing.BeginWhole(ctx, v, use, text, "")
		return rec, false, err
	}
	key := hub.IDOf("promoted", t.ID, strconv.FormatInt(seq, 10))
	if rec, err = s.Writing.BeginOf(ctx, v, use, text, key); err != nil {
		return nil, true, err
	}
	return rec, true, s.Discuss.Drafted(ctx, v, t.Space, t.Slug, seq, use, rec.ID)
}

// wordsFor are the words that a draft is to begin with: of the reader, or of
// somebody who consented; or the draft that was made of the latter before.
// hub.ErrNotFound where they are somebody else's, or not there.
func (s *Site) wordsFor(ctx context.Context, r *request, t discuss.Thread, seq int64, use hub.Kind) (body string, l hub.Lang, draft string, err error) {
	x, err := s.Discuss.Space(ctx, r.viewer, t.Space)
	if err != nil {
		return "", "", "", err
	}
	if seq == 0 {
		may, err := s.Discuss.Rights(ctx, r.viewer, x, t)
		if err != nil || !may.Lead || t.Outcome == nil {
			return "", "", "", errors.Join(err, hub.ErrNotFound)
		}
		return t.Outcome.Text(), t.Lang, "", nil
	}
	_, p, err := s.Discuss.One(ctx, r.viewer, t.Space, t.Slug, seq)
	if err != nil {
		return "", "", "", err
	}
	if p.Absent() != "" || p.By != r.viewer.Person && (!p.Consent.Given(r.viewer.Person, use) || !s.Records.Writes(r.viewer)) {
		return "", "", "", hub.ErrNotFound
	}
	if p.By != r.viewer.Person {
		draft = p.Consent.Draft
	}
	return s.Discuss.Copy(p.Body, p.Lang), p.Lang, draft, nil
}

// claim takes the words of another before a draft is made of them: from then on
// their consent stands. others is false for words of the reader.
func (s *Site) claim(ctx context.Context, v hub.Viewer, t discuss.Thread, seq int64, use hub.Kind) (others bool, body string, err error) {
	if seq == 0 {
		return false, "", nil
	}
	_, p, err := s.Discuss.One(ctx, v, t.Space, t.Slug, seq)
	if err != nil || p.By == v.Person {
		return false, "", err
	}
	p, err = s.Discuss.ClaimConsent(ctx, v, t.Space, t.Slug, seq, use)
	return true, s.Discuss.Copy(p.Body, p.Lang), err
}

// askConsent asks the author of a post for their consent to a draft of a kind,
// for a reader who writes records.
func (s *Site) askConsent(ctx context.Context, r *request, space, slug string, seq int64, use hub.Kind) error {
	if !s.Records.Writes(r.viewer) {
		return hub.ErrNotFound
	}
	return s.Discuss.AskConsent(ctx, r.viewer, space, slug, seq, use)
}

// consentOf fills what a reader sees and may do of the consent to a post: its
// author answers, and who leads the thread asks.
func (r *request) consentOf(x *page.Post, p discuss.Post, a discuss.Author, leads bool) {
	uses, mine, c := r.uses(), p.By == r.viewer.Person, p.Consent
	switch {
	case x.Gone != "":
	case mine:
		x.Promote = uses
		if c == nil {
			return
		}
		x.Consent = &page.Consent{What: r.T("consent." + string(c.For()) + ".mine." + c.State()), Yes: !c.Yes, No: c.Waits() || c.Yes && c.Claimed.IsZero(), Back: c.Yes && c.Claimed.IsZero()}
	case leads && c == nil:
		if !a.Gone {
			x.AskConsent = uses
		}
	case leads:
		x.Consent = &page.Consent{What: r.T("consent." + string(c.For()) + "." + c.State())}
		if len(uses) > 0 && c.Given(r.viewer.Person, c.For()) {
			x.Promote = []hub.Kind{c.For()}
		}
	}
}

// firstWords is what a draft is called until its author names it: the first
// words of the text, without marks.
func firstWords(body string) string {
	const most = 80 // runes
	plain := strings.Fields(strings.Map(func(c rune) rune {
		if strings.ContainsRune("*_#>`[]", c) {
			return -1
		}
		return c
	}, body))
	return shortened(strings.Join(plain, " "), most)
}
