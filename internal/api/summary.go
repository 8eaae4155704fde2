package api

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
)

// Where the summary of a thread stands, and a proposal for it.
const (
	summaryPath  = "/threads/:thread/summary"
	proposalPath = summaryPath + "/proposals/:proposal"
)

// summed is one wording of the summary of a thread.
type summed struct {
	Wording int64        `json:"wording"`
	Body    string       `json:"body"` // Markdown
	HTML    string       `json:"html"`
	Author  string       `json:"author,omitempty"`
	By      discuss.Lead `json:"by,omitempty"`
	Changed bool         `json:"changed,omitempty"`
	Updated *time.Time   `json:"updated_at,omitempty"`
	Struck  *time.Time   `json:"struck_at,omitempty"`
	Reason  string       `json:"reason,omitempty"` // why it was struck out
}

type summary struct {
	summed
	Thread    string     `json:"thread"`
	Waiting   int        `json:"waiting"`
	Proposals []proposal `json:"proposals"`
	May       []string   `json:"may"`
}

type proposal struct {
	ID      string       `json:"id"`
	Author  string       `json:"author"` // empty: not named, or not here any more
	Body    string       `json:"body"`
	Why     string       `json:"why,omitempty"`
	On      int64        `json:"on"`
	Mine    bool         `json:"mine"`
	State   discuss.Fate `json:"state"`
	Reason  string       `json:"reason,omitempty"`
	Created time.Time    `json:"created_at"`
	Decided *time.Time   `json:"decided_at,omitempty"`
}

// summary is the summary of a thread with the proposals that the caller may
// read.
func (a *API) summary(ctx context.Context, q asked) (any, error) {
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	table, err := a.Discuss.Table(ctx, q.viewer, x.Slug, t.Slug)
	if err != nil {
		return nil, err
	}
	s := summary{Thread: t.ID, Waiting: table.Thread.Proposed, Proposals: []proposal{}, May: []string{}}
	if now := table.Thread.Summary; now != nil {
		if s.summed, err = a.summed(ctx, q, table.Thread, *now); err != nil {
			return nil, err
		}
		s.Wording = table.Thread.Wording()
	}
	for _, l := range append(table.Waiting, table.Own...) {
		p, err := a.proposal(ctx, q.viewer, l.Proposal, l.Mine)
		if err != nil {
			return nil, err
		}
		s.Proposals = append(s.Proposals, p)
	}
	if table.Writes {
		s.May = append(s.May, "propose")
	}
	if table.Leads {
		s.May = append(s.May, "put", "accept", "aside", "restore")
	}
	return reply{tag: strconv.FormatInt(s.Wording, 10), part: true, value: s}, nil
}

func (a *API) summed(ctx context.Context, q asked, t discuss.Thread, w discuss.Summary) (summed, error) {
	shown := summed{Wording: w.N, Body: w.Body, By: w.As, Changed: w.Changed, Updated: &w.At}
	if w.Struck != nil {
		shown.Struck, shown.Reason = &w.Struck.At, w.Struck.Reason
	}
	p := t.Signed(w.Body)
	say, err := a.Discuss.Mentioned(ctx, q.viewer, q.lang, p)
	if err != nil {
		return shown, err
	}
	html, err := markup.Render(p.Body)
	if shown.HTML = string(html.Mentions(say)); err != nil || w.Author == "" {
		return shown, err
	}
	who, err := a.Discuss.Author(ctx, q.viewer, w.Author, w.Nameless)
	shown.Author = who.Name
	return shown, err
}

func (a *API) proposal(ctx context.Context, v hub.Viewer, p discuss.Proposal, mine bool) (proposal, error) {
	shown := proposal{ID: p.ID, Body: p.Body, Why: p.Why, On: p.On, Mine: mine, State: p.State, Created: p.Created}
	if p.Decided != nil {
		shown.Reason, shown.Decided = p.Decided.Reason, &p.Decided.At
	}
	who, err := a.Discuss.Author(ctx, v, p.By, p.Nameless)
	shown.Author = who.Name
	return shown, err
}

func (a *API) summaryHistory(ctx context.Context, q asked) (any, error) {
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	_, all, err := a.Discuss.Wordings(ctx, q.viewer, x.Slug, t.Slug)
	if err != nil {
		return nil, err
	}
	found := list[summed]{Items: []summed{}}
	for _, w := range all {
		shown, err := a.summed(ctx, q, t, w)
		if err != nil {
			return nil, err
		}
		found.Items = append(found.Items, shown)
	}
	return found, nil
}

func (a *API) putSummary(ctx context.Context, q asked) (any, error) {
	var n struct {
		Body string `json:"body"`
	}
	if err := decode(q.body, &n); err != nil {
		return nil, err
	}
	return a.words(ctx, q, n, func(space, slug string, seen int64) error {
		_, err := a.Discuss.Summarise(ctx, q.viewer, space, slug, n.Body, seen)
		return err
	})
}

// restore brings an earlier wording back.
func (a *API) restore(ctx context.Context, q asked) (any, error) {
	n, err := strconv.ParseInt(q.params["number"], 10, 64)
	if err != nil {
		return nil, hub.ErrNotFound
	}
	return a.words(ctx, q, struct{}{}, func(space, slug string, seen int64) error {
		_, err := a.Discuss.Restore(ctx, q.viewer, space, slug, n, seen)
		return err
	})
}

// words does something with the wording that If-Match names. Who has not seen
// the last one gets that beside what they sent.
func (a *API) words(ctx context.Context, q asked, sent any, do func(space, slug string, seen int64) error) (any, error) {
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	if q.match == "" {
		return nil, errNoMatch
	}
	seen, err := wordingOf(q.match, t.Wording())
	if err != nil {
		return nil, err
	}
	err = do(x.Slug, t.Slug, seen)
	if errors.Is(err, hub.ErrConflict) && seen != t.Wording() {
		now, lost := a.summary(ctx, q)
		if lost != nil {
			return nil, lost
		}
		return nil, &stale{now: now.(reply).value, sent: sent}
	}
	if err != nil {
		return nil, understood{err}
	}
	return a.summary(ctx, q)
}

// wordingOf is the wording that If-Match names; 0 is that there was none.
func wordingOf(match string, last int64) (int64, error) {
	if match == `"0"` {
		return 0, nil
	}
	return revOf(match, last)
}

func (a *API) propose(ctx context.Context, q asked) (any, error) {
	var n struct {
		Body     string `json:"body"`
		Why      string `json:"why"`
		On       int64  `json:"on"`
		Nameless bool   `json:"nameless"`
	}
	if err := decode(q.body, &n); err != nil {
		return nil, err
	}
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	p, err := a.Discuss.Propose(ctx, q.viewer, x.Slug, t.Slug, discuss.NewProposal{Body: n.Body, Why: n.Why, On: n.On, Nameless: n.Nameless, Key: q.key})
	var invalid *hub.Invalid
	if errors.As(err, &invalid) && (invalid.Field == "summary" || invalid.Field == "as") {
		field := map[string]string{"summary": "body", "as": "nameless"}[invalid.Field]
		return nil, understood{&hub.Invalid{Field: field, Reason: invalid.Reason, Limit: invalid.Limit}}
	}
	if err != nil {
		return nil, attempted(err)
	}
	if p.Thread != t.ID || !p.Began(n.Body) {
		return nil, errKey
	}
	shown, err := a.proposal(ctx, q.viewer, p, true)
	return reply{status: fiber.StatusCreated, value: shown}, err
}

func (a *API) accept(ctx context.Context, q asked) (any, error) {
	var n struct {
		Body string `json:"body"`
	}
	if len(q.body) > 0 {
		if err := decode(q.body, &n); err != nil {
			return nil, err
		}
	}
	return a.words(ctx, q, n, func(space, slug string, seen int64) error {
		_, err := a.Discuss.Accept(ctx, q.viewer, space, slug, q.params["proposal"], n.Body, seen)
		return err
	})
}

func (a *API) setAside(ctx context.Context, q asked) (any, error) {
	var n struct {
		Reason string `json:"reason"`
	}
	if err := decode(q.body, &n); err != nil {
		return nil, err
	}
	return a.decides(ctx, q, func(space, slug string) error {
		return a.Discuss.SetAside(ctx, q.viewer, space, slug, q.params["proposal"], n.Reason)
	})
}

func (a *API) withdraw(ctx context.Context, q asked) (any, error) {
	return a.decides(ctx, q, func(space, slug string) error {
		return a.Discuss.Withdraw(ctx, q.viewer, space, slug, q.params["proposal"])
	})
}

func (a *API) decides(ctx context.Context, q asked, do func(space, slug string) error) (any, error) {
	x, t, err := a.Discuss.ThreadOf(ctx, q.viewer, q.params["thread"])
	if err != nil {
		return nil, err
	}
	if err := do(x.Slug, t.Slug); err != nil {
		return nil, understood{err}
	}
	return a.summary(ctx, q)
}
