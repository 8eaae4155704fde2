package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
)

// head is a record in a list.
type head struct {
	Kind      hub.Kind        `json:"kind"`
	ID        string          `json:"id"`
	Slug      string          `json:"slug"` // in addresses; the id until it is published
	Rev       int64           `json:"rev"`
	Tier      hub.Tier        `json:"tier"`
	Status    hub.Status      `json:"status"`
	Lang      hub.Lang        `json:"lang"` // of title and summary
	Title     string          `json:"title"`
	Summary   string          `json:"summary"`
	State     []hub.State     `json:"state"`
	Themes    []string        `json:"themes"`
	Date      string          `json:"date,omitempty"` // of the thing, as exact as known
	Original  hub.Lang        `json:"original"`
	Languages []hub.Lang      `json:"languages"` // in which it is written
	URL       string          `json:"url"`       // of its page
	Updated   time.Time       `json:"updated_at"`
	Published *time.Time      `json:"published_at,omitempty"`
	Confirmed *time.Time      `json:"confirmed_at,omitempty"`
	ReviewBy  *time.Time      `json:"review_by,omitempty"`
	Body      json.RawMessage `json:"body"` // facts without a language
}

// wholeRecord is a record with all that it says.
type wholeRecord struct {
	head
	Mechanism hub.State       `json:"mechanism,omitempty"` // the one that it belongs to, for who has to do with it
	Text      json.RawMessage `json:"text,omitempty"`      // what the kind says in the language
	Questions string          `json:"questions,omitempty"` // the version that it answers: "practice/1"
	Answers   answers         `json:"answers"`
	Closed    []string        `json:"closed"`            // questions whose answers are for members of mechanisms alone
	Skipped   []string        `json:"skipped,omitempty"` // questions that do not apply, likewise
	Of        string          `json:"of,omitempty"`
	Note      string          `json:"note,omitempty"` // why it came back
	Remarks   []remark        `json:"remarks,omitempty"`
	Acts      []string        `json:"acts"` // what the caller may do with it
}

// answers are by the code of the question and the language. What is in no
// language stands under "zxx", as BCP 47 has it.
type answers map[string]map[string]question.Answer

const noLanguage = "zxx"

type remark struct {
	Question string `json:"question,omitempty"`
	Text     string `json:"text"`
}

// shown is a time, or nothing.
func shown(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// head is what lists say of a record.
func (a *API) head(q asked, r *hub.Record) head {
	r = a.Writing.Readable(q.viewer, r)
	t := r.In(q.lang)
	h := head{
		Kind: r.Kind, ID: r.ID, Slug: r.Slug, Rev: r.Rev, Tier: r.Tier, Status: r.Status, Lang: t.Lang, Title: t.Title, Summary: t.Summary,
		State: append([]hub.State{}, r.States...), Themes: append([]string{}, r.Themes...), Date: r.Date, Original: r.Original,
		URL: a.Origin + finder.Path(q.lang, r.Kind, r.Slug), Updated: r.Updated, Published: shown(r.Published), Confirmed: shown(r.Confirmed),
		ReviewBy: shown(r.ReviewBy), Body: r.Body,
	}
	if r.Status != hub.StatusPublished {
		h.Slug, h.URL = r.ID, a.Origin+"/"+string(q.lang)+"/contribute/"+r.ID
	}
	for _, v := range r.Versions {
		h.Languages = append(h.Languages, v.Lang)
	}
	if len(h.Body) == 0 {
		h.Body = json.RawMessage("{}")
	}
	return h
}

// shape is a record as its reader may have it.
func (a *API) shape(q asked, r *hub.Record) wholeRecord {
	r = a.Writing.Readable(q.viewer, r)
	x := wholeRecord{head: a.head(q, r), Text: r.In(q.lang).Text, Answers: answers{}, Closed: []string{}, Of: r.Of, Acts: []string{}}
	if r.Status == hub.StatusReturned {
		x.Note = r.Change.Note
	}
	for _, m := range r.Remarks {
		x.Remarks = append(x.Remarks, remark(m))
	}
	rights := a.Records.Rights(q.viewer, r)
	for _, may := range []struct {
		is    bool
		names []string
	}{
		{rights.Writes, []string{"put", "submit"}}, {rights.Clears, []string{"clear", "return"}}, {rights.Reviews, []string{"publish", "return"}},
		{rights.Revises, []string{"put", "revise"}}, {rights.Edits, []string{"confirm", "archive"}}, {rights.Past, []string{"history"}},
	} {
		if may.is {
			x.Acts = append(x.Acts, may.names...)
		}
	}
	if len(x.Acts) > 0 {
		x.Mechanism, x.Skipped = r.Mechanism, r.Skipped
	}
	set := a.Writing.SetOf(r)
	if set == nil {
		return x
	}
	x.Questions = set.Name()
	for _, ask := range set.All() {
		if given := answersTo(ask, r); len(given) > 0 {
			x.Answers[ask.Code] = given
			if ask.Closed(r) {
				x.Closed = append(x.Closed, ask.Code)
			}
		}
	}
	return x
}

// answersTo are the answers to a question, by language.
func answersTo(ask *question.Question, r *hub.Record) map[string]question.Answer {
	given := map[string]question.Answer{}
	if !ask.Worded() {
		if one := ask.Get(r, r.Original); one != nil {
			given[noLanguage] = one
		}
		return given
	}
	for _, v := range r.Versions {
		if one := ask.Get(r, v.Lang); one != nil {
			given[string(v.Lang)] = one
		}
	}
	return given
}

// records lists published records of some kinds, or of all of them, one kind
// after the other. The cursor names the kind and the place within it.
func (a *API) records(ctx context.Context, q asked) (any, error) {
	kinds, err := a.kinds(q)
	if err != nil {
		return nil, err
	}
	room, err := number(q.query, "limit", record.MaxPage)
	if err != nil {
		return nil, err
	}
	if room == 0 {
		room = record.DefaultPage
	}
	ask, err := listed(q)
	if err != nil {
		return nil, err
	}
	if at, after, resumes := strings.Cut(q.query.Get("cursor"), "."); resumes || at != "" {
		i := slices.Index(kinds, hub.Kind(at))
		if i < 0 {
			return nil, &hub.Invalid{Field: "cursor", Reason: hub.ReasonUnknown}
		}
		kinds, ask.After = kinds[i:], after
	}
	found := list[head]{Items: []head{}}
	for _, k := range kinds {
		ask.Kind, ask.Limit = k, max(room, 1)
		page, err := a.Records.List(q.viewer, ask)
		if err != nil {
			return nil, inCursor(err)
		}
		if room == 0 && len(page.Heads) > 0 {
			found.Next = string(k) + "."
			break
		}
		some, err := a.Records.Readable(ctx, q.viewer, idsOf(page.Heads)...)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			found.Items = append(found.Items, a.head(q, r))
		}
		if room -= len(page.Heads); page.Next != "" {
			found.Next = string(k) + "." + page.Next
			break
		}
		ask.After = ""
	}
	return found, nil
}

func idsOf(heads []*record.Head) []string {
	var all []string
	for _, h := range heads {
		all = append(all, h.ID)
	}
	return all
}

// inCursor calls a place in a list what the API calls it.
func inCursor(err error) error {
	var invalid *hub.Invalid
	if errors.As(err, &invalid) && invalid.Field == "page" {
		return &hub.Invalid{Field: "cursor", Reason: invalid.Reason}
	}
	return err
}

// kinds are those that are asked for, in the order of hub.Kinds; all kinds of
// records where none is.
func (a *API) kinds(q asked) ([]hub.Kind, error) {
	for _, k := range q.query["kind"] {
		if _, is := a.Records.Kinds[hub.Kind(k)]; !is {
			return nil, &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown, Value: k}
		}
	}
	var all []hub.Kind
	for _, k := range hub.Kinds {
		_, is := a.Records.Kinds[k]
		if wanted := q.query["kind"]; is && (len(wanted) == 0 || slices.Contains(wanted, string(k))) {
			all = append(all, k)
		}
	}
	return all, nil
}

// listed is what a list is narrowed to.
func listed(q asked) (record.Query, error) {
	ask := record.Query{Words: q.query.Get("q"), Lang: q.lang, Filter: map[record.Facet][]string{}}
	if len([]rune(ask.Words)) > record.MaxQuestion {
		return ask, &hub.Invalid{Field: "q", Reason: hub.ReasonTooLong, Limit: record.MaxQuestion}
	}
	for _, f := range filters {
		for _, v := range q.query[string(f)] {
			if f == record.FacetState {
				state, err := hub.ParseState(v)
				if err != nil {
					return ask, err
				}
				v = string(state)
			}
			ask.Filter[f] = append(ask.Filter[f], v)
		}
	}
	return ask, nil
}

// found is the record that an address names: by its slug, or its id, which it
// has before it is published and keeps. hub.ErrNotFound as Records.Find.
func (a *API) found(ctx context.Context, q asked) (*hub.Record, error) {
	k, name := hub.Kind(q.params["kind"]), q.params["slug"]
	if _, is := a.Records.Kinds[k]; !is || hub.CheckSlug(name) != nil {
		return nil, hub.ErrNotFound
	}
	r, err := a.Records.Find(ctx, q.viewer, k, name)
	var gone *hub.Gone
	if !errors.Is(err, hub.ErrNotFound) || errors.As(err, &gone) {
		return r, err
	}
	r, err = a.Records.Load(ctx, q.viewer, name)
	if err == nil && r.Kind != k {
		return nil, hub.ErrNotFound
	}
	return r, err
}

func (a *API) record(ctx context.Context, q asked) (any, error) {
	r, err := a.found(ctx, q)
	if err != nil {
		return nil, err
	}
	return a.asItIs(q, r), nil
}

// asItIs answers with a record; its tag is its revision.
func (a *API) asItIs(q asked, r *hub.Record) reply {
	return reply{value: a.shape(q, r), tag: strconv.FormatInt(r.Rev, 10)}
}

// revision is what somebody did to a record.
type revision struct {
	Rev     int64        `json:"rev"`
	Act     hub.Act      `json:"act"`
	Status  hub.Status   `json:"status"` // as of then
	At      time.Time    `json:"at"`
	By      string       `json:"by"` // empty: the hub itself, or somebody who left
	Note    string       `json:"note,omitempty"`
	Fields  []string     `json:"fields"` // what it changed
	Changes []difference `json:"changes"`
}

// difference is an answer that a revision changed.
type difference struct {
	Question string          `json:"question"`
	Lang     string          `json:"lang"` // as in answers
	Was      question.Answer `json:"was"`  // null: none
	Is       question.Answer `json:"is"`
}

// history is who did what to a record, the last first.
func (a *API) history(ctx context.Context, q asked) (any, error) {
	now, err := a.found(ctx, q)
	if err != nil {
		return nil, err
	}
	if !a.Records.Rights(q.viewer, now).Past {
		return nil, hub.ErrNotFound
	}
	past, err := a.Records.History(ctx, q.viewer, now.ID)
	if err != nil {
		return nil, err
	}
	all := list[revision]{Items: []revision{}}
	for i, r := range past {
		x := revision{Rev: r.Rev, Act: r.Change.Act, Status: r.Status, At: r.Change.At, Note: r.Change.Note, Fields: append([]string{}, r.Change.Fields...), Changes: []difference{}}
		if r.Change.By != "" {
			who, err := a.Discuss.Author(ctx, q.viewer, r.Change.By, false)
			if err != nil {
				return nil, err
			}
			x.By = who.Name
		}
		if set := a.Writing.SetOf(now); set != nil && i+1 < len(past) {
			x.Changes = differences(set, past[i+1], r)
		}
		all.Items = append(all.Items, x)
	}
	return all, nil
}

// differences are the answers in which two revisions differ.
func differences(set *question.Set, was, is *hub.Record) []difference {
	all := []difference{}
	for _, ask := range set.All() {
		before, after := answersTo(ask, was), answersTo(ask, is)
		for _, l := range append([]string{noLanguage}, langs()...) {
			if string(before[l]) != string(after[l]) {
				all = append(all, difference{ask.Code, l, before[l], after[l]})
			}
		}
	}
	return all
}

func langs() []string {
	var all []string
	for _, l := range hub.Langs {
		all = append(all, string(l))
	}
	return all
}
