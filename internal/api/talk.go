package api

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/differ"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
)

// list is a page of a list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // cursor; absent at the end
}

type space struct {
	Slug      string       `json:"slug"`
	Title     string       `json:"title"`
	Tier      discuss.Tier `json:"tier"`
	Kind      discuss.Kind `json:"kind"`
	Languages []hub.Lang   `json:"languages"` // in which it has a title
}

type thread struct {
	ID      string        `json:"id"`
	Slug    string        `json:"slug"`
	Space   string        `json:"space"`
	Title   string        `json:"title"`
	Lang    hub.Lang      `json:"lang"`
	LastSeq int64         `json:"last_seq"`
	Tags    []discuss.Tag `json:"tags,omitempty"`
	Created time.Time     `json:"created_at"`
	URL     string        `json:"url"`
}

type post struct {
	Thread  string          `json:"thread"`
	Seq     int64           `json:"seq"`
	Author  string          `json:"author"` // empty: not named, or not here any more
	Lang    hub.Lang        `json:"lang"`
	Body    string          `json:"body"` // Markdown; empty with deleted_at
	HTML    string          `json:"html"`
	ReplyTo int64           `json:"reply_to,omitempty"`
	Created time.Time       `json:"created_at"`
	Edited  *time.Time      `json:"edited_at,omitempty"`
	Before  string          `json:"before,omitempty"` // where its earlier wordings are; absent where there are none
	Deleted *time.Time      `json:"deleted_at,omitempty"`
	Files   []talkFile      `json:"files,omitempty"`
	Absent  discuss.Absence `json:"absent,omitempty"` // why there is no body: deleted, moved, hidden, held
	Typed   string          `json:"typed,omitempty"`  // for its author, of one post: with what is typed for whom it mentions
}

// postPath is where one post stands.
const postPath = "/threads/:thread/posts/:seq"

// talkFile is a file of a post; its address answers whoever may read the post.
type talkFile struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sha256"`
	Alt   string `json:"alt,omitempty"`
	URL   string `json:"url"`
}

func (a *API) files(all []discuss.File) (files []talkFile) {
	for _, f := range all {
		at := a.Origin + "/files/" + f.ID + "/" + url.PathEscape(f.Name)
		files = append(files, talkFile{f.ID, f.Name, f.Type, f.Bytes, f.Sum, f.Alt, at})
	}
	return files
}

func (a *API) spaces(ctx context.Context, q asked) (any, error) {
	all, err := a.Discuss.Spaces(ctx, q.viewer, q.lang)
	if err != nil {
		return nil, err
	}
	found := list[space]{Items: []space{}}
	for _, x := range all {
		name, _ := x.In(q.lang)
		s := space{Slug: x.Slug, Title: name.Title, Tier: x.Tier, Kind: x.Kind}
		for _, l := range hub.Langs {
			if _, has := x.Names[l]; has {
				s.Languages = append(s.Languages, l)
			}
		}
		found.Items = append(found.Items, s)
	}
	return found, nil
}

func (a *API) threads(ctx context.Context, q asked) (any, error) {
	all, next, err := a.Discuss.Threads(ctx, q.viewer, q.params["space"], discuss.Pick{Tag: discuss.ParseTag(q.query.Get("tag")), View: discuss.ParseView(q.query.Get("view"))}, q.query.Get("cursor"))
	if err != nil {
		return nil, err
	}
	found := list[thread]{Items: []thread{}, Next: next}
	for _, t := range all {
		found.Items = append(found.Items, a.thread(q, t))
	}
	return found, nil
}

func (a *API) thread(q asked, t discuss.Thread) thread {
	return thread{
		ID: t.ID, Slug: t.Slug, Space: t.Space, Title: t.Title, Lang: t.Lang, Tags: t.Tags, LastSeq: t.Posts, Created: t.Created,
		URL: a.Origin + "/" + string(q.lang) + "/discuss/" + t.Space + "/" + t.Slug,
	}
}

func (a *API) newThread(ctx context.Context, q asked) (any, error) {
	var n struct {
		Title string        `json:"title"`
		Body  string        `json:"body"`
		Lang  hub.Lang      `json:"lang"`
		Tags  []discuss.Tag `json:"tags"`
	}
	if err := decode(q.body, &n); err != nil {
		return nil, err
	}
	t, err := a.Discuss.Start(ctx, q.viewer, q.params["space"], discuss.NewThread{Title: n.Title, Body: n.Body, Lang: n.Lang, Tags: n.Tags, Key: q.key})
	if err != nil {
		return nil, attempted(err)
	}
	if t.Space != q.params["space"] {
		return nil, errKey
	}
	return reply{status: fiber.StatusCreated, value: a.thread(q, t)}, nil
}

// errKey answers a key that was used for something else.
var errKey = &hub.Invalid{Field: "Idempotency-Key", Reason: hub.ReasonTaken}

// attempted is what is wrong with what was read: with the key of the attempt,
// which stands in a header, or with the rest.
func attempted(err error) error {
	var invalid *hub.Invalid
	switch {
	case errors.As(err, &invalid) && invalid.Field == "key":
		return &hub.Invalid{Field: "Idempotency-Key", Reason: invalid.Reason, Limit: invalid.Limit}
	case invalid != nil && invalid.Field == "reply":
		return understood{&hub.Invalid{Field: "reply_to", Reason: invalid.Reason}}
	}
	return understood{err}
}

func (a *API) posts(ctx context.Context, q asked) (any, error) {
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	after, err := whole(q, "after", 0)
	if err != nil {
		return nil, err
	}
	limit, err := number(q.query, "limit", 100)
	if err != nil {
		return nil, err
	}
	all, last, err := a.Discuss.Posts(ctx, q.viewer, x.Slug, t.Slug, after+1)
	if err != nil {
		return nil, err
	}
	found := list[post]{Items: []post{}}
	for _, p := range all[:min(len(all), cmp.Or(limit, len(all)))] {
		shown, err := a.post(ctx, q, p)
		if err != nil {
			return nil, err
		}
		found.Items = append(found.Items, shown)
	}
	if n := len(found.Items); n > 0 && found.Items[n-1].Seq < last {
		found.Next = strconv.FormatInt(found.Items[n-1].Seq, 10)
	}
	return found, nil
}

func (a *API) post(ctx context.Context, q asked, p discuss.Post) (post, error) {
	shown := post{Thread: p.Thread, Seq: p.Seq, Lang: p.Lang, Body: p.Body, ReplyTo: p.ReplyTo, Files: a.files(p.Files), Created: p.Created}
	if !p.Edited.IsZero() {
		shown.Edited = &p.Edited
	}
	if p.Gone != nil {
		shown.Deleted = &p.Gone.At
	}
	if shown.Absent = p.Absent(); p.Body == "" {
		return shown, nil
	}
	who, err := a.Discuss.Author(ctx, q.viewer, p.By, p.Anonymous)
	if err != nil {
		return shown, err
	}
	shown.Author = who.Name
	if len(p.Before) > 0 {
		shown.Before = a.Origin + "/api/v1/threads/" + p.Thread + "/posts/" + strconv.FormatInt(p.Seq, 10) + "/before"
	}
	say, err := a.Discuss.Mentioned(ctx, q.viewer, q.lang, p)
	if err != nil {
		return shown, err
	}
	html, err := markup.Render(p.Body)
	shown.Body, shown.HTML = markup.Mentions(p.Body, say), string(html.Mentions(say))
	return shown, err
}

func (a *API) newPost(ctx context.Context, q asked) (any, error) {
	var n struct {
		Body    string   `json:"body"`
		Lang    hub.Lang `json:"lang"`
		ReplyTo int64    `json:"reply_to"`
	}
	if err := decode(q.body, &n); err != nil {
		return nil, err
	}
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	p, err := a.Discuss.Append(ctx, q.viewer, x.Slug, t.Slug, discuss.NewPost{Body: n.Body, Lang: n.Lang, ReplyTo: n.ReplyTo, Key: q.key})
	if err != nil {
		return nil, attempted(err)
	}
	if p.Thread != t.ID || !p.Began(n.Body) {
		return nil, errKey
	}
	shown, err := a.post(ctx, q, p)
	return reply{status: fiber.StatusCreated, value: shown}, err
}

// onePost is one post of a thread, named by when it was last worded.
func (a *API) onePost(ctx context.Context, q asked) (any, error) {
	_, p, err := a.one(ctx, q)
	if err != nil {
		return nil, err
	}
	return a.asItStands(ctx, q, p)
}

// one is the post that the address names, with its thread.
func (a *API) one(ctx context.Context, q asked) (t discuss.Thread, p discuss.Post, err error) {
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return t, p, err
	}
	seq, err := strconv.ParseInt(q.params["seq"], 10, 64)
	if err != nil || seq < 1 {
		return t, p, hub.ErrNotFound
	}
	return a.Discuss.One(ctx, q.viewer, x.Slug, t.Slug, seq)
}

func (a *API) asItStands(ctx context.Context, q asked, p discuss.Post) (any, error) {
	shown, err := a.post(ctx, q, p)
	if err == nil && q.viewer.SignedIn() && p.By == q.viewer.Person {
		shown.Typed, err = a.Discuss.Typed(ctx, q.viewer, p)
	}
	return reply{tag: strconv.FormatInt(worded(p), 10), part: true, value: shown}, err
}

// worded names the wording of a post: when it was last changed, in nanoseconds;
// 0 for one that never was.
func worded(p discuss.Post) int64 {
	if p.Edited.IsZero() {
		return 0
	}
	return p.Edited.UnixNano()
}

// putPost words a post anew, for who wrote it. Sent again it is done once.
func (a *API) putPost(ctx context.Context, q asked) (any, error) {
	var n struct {
		Body string `json:"body"`
	}
	if err := decode(q.body, &n); err != nil {
		return nil, err
	}
	t, p, err := a.one(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.match == "" {
		return nil, errNoMatch
	}
	match, err := wordingOf(q.match, worded(p))
	if err != nil {
		return nil, err
	}
	seen := time.Unix(0, match)
	if match == worded(p) {
		seen = p.Edited
	}
	next, err := a.Discuss.Reword(ctx, q.viewer, t.Space, t.Slug, p.Seq, n.Body, seen)
	if errors.Is(err, hub.ErrConflict) {
		now, lost := a.onePost(ctx, q)
		if lost != nil {
			return nil, lost
		}
		return nil, &stale{now: now.(reply).value, sent: n}
	}
	if err != nil {
		return nil, understood{err}
	}
	return a.asItStands(ctx, q, next)
}

// wording is how a post was worded before.
type wording struct {
	Body    string     `json:"body"`                  // Markdown; empty where it was struck out
	Since   time.Time  `json:"since"`                 // from when it stood
	Until   time.Time  `json:"until"`                 // and until when
	Changes []piece    `json:"changes"`               // to the next wording that was not struck out, which may be the one that stands
	Added   []string   `json:"files_added,omitempty"` // names of the files that came with the next
	Off     []string   `json:"files_off,omitempty"`   // and of those that were taken off
	Struck  *time.Time `json:"struck_at,omitempty"`
	Reason  string     `json:"reason,omitempty"` // why it was struck out
}

// piece is a run of words of a change.
type piece struct {
	In   string `json:"in"` // one of sides
	Text string `json:"text"`
}

// sides say where a piece stands.
var sides = map[differ.Side]string{differ.Both: "both", differ.Was: "was", differ.Is: "is"}

// before are the earlier wordings of a post, the first one first, for who reads
// the post now.
func (a *API) before(ctx context.Context, q asked) (any, error) {
	_, p, err := a.one(ctx, q)
	if err != nil {
		return nil, err
	}
	say, err := a.Discuss.Mentioned(ctx, q.viewer, q.lang, p)
	if err != nil {
		return nil, err
	}
	found := list[wording]{Items: []wording{}}
	since := p.Created
	for i, was := range p.Before {
		w := wording{Body: markup.Mentions(was.Body, say), Since: since, Until: was.At, Added: was.Added, Off: was.Off, Changes: []piece{}}
		if was.Struck != nil {
			w.Struck, w.Reason = &was.Struck.At, was.Struck.Reason
		} else {
			for _, d := range differ.Words(w.Body, markup.Mentions(standing(p, i+1), say)) {
				w.Changes = append(w.Changes, piece{sides[d.In], d.Text})
			}
		}
		found.Items = append(found.Items, w)
		since = was.At
	}
	return found, nil
}

// standing is the first wording of a post, from one on, that was not struck out.
func standing(p discuss.Post, from int) string {
	for _, b := range p.Before[from:] {
		if b.Struck == nil {
			return b.Body
		}
	}
	return p.Body
}

// whole is a parameter that is a whole number from 0 on.
func whole(q asked, name string, otherwise int64) (int64, error) {
	raw := q.query.Get(name)
	if raw == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || n < 0 || n == math.MaxInt64 {
		return 0, &hub.Invalid{Field: name, Reason: hub.ReasonFormat}
	}
	return n, nil
}
