package site

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"nmirfhub/internal/desk"
	"nmirfhub/internal/people"
	"nmirfhub/web/layout"
	talk "nmirfhub/web/page/discuss"
	page "nmirfhub/web/page/moderation"
	folk "nmirfhub/web/page/people"
)

// deskColors set the kinds apart, beside their words.
var deskColors = map[desk.Kind]string{
	desk.Reported: "red", desk.Held: "gold", desk.Summary: "gold", desk.Record: "gold", desk.Request: "gold", desk.Nomination: "plum", desk.Expert: "plum", desk.Due: "gold", desk.Seats: "gold",
}

// fillItems shows what waits; open: with the forms of decisions open.
func (s *Site) fillItems(ctx context.Context, r *request, v *page.DeskView, found desk.Page, open bool) error {
	for n, i := range found.Items {
		x := page.Item{
			Key: elementKey(i.Key()), Once: v.Once + "-" + strconv.Itoa(n), Color: deskColors[i.Kind], Kind: r.T("desk.kind." + string(i.Kind)), Open: open,
			Waits: r.T("desk.waits", "span", r.span(s.Now().Sub(i.Since))), TitleIn: page.Words{Dir: "auto"},
		}
		if i.Lang != "" {
			x.Lang = r.T("desk.in.language", "language", r.languageName(string(i.Lang)))
		}
		if i.State != "" {
			x.State = s.Vocabulary.StateName(i.State, r.Lang)
		}
		c := desk.Chosen{Key: i.Key()}
		if i.Record != nil {
			c.Rev = i.Record.Rev
		}
		if i.Taken != nil {
			c.By, x.Mine = i.Taken.By, i.Taken.By == r.viewer.Person
			x.Taken = r.takenBy(s.nameOf(ctx, i.Taken.By), x.Mine, *i.Taken)
		}
		x.Chosen = c.String()
		if err := s.fillItem(ctx, r, v, &x, i); err != nil {
			return err
		}
		v.Items = append(v.Items, x)
	}
	return nil
}

// elementKey is the key of an item as elements of a page have it.
func elementKey(key string) string { return strings.ReplaceAll(key, ":", "-") }

func (r *request) takenBy(name string, mine bool, t desk.Taking) string {
	if mine {
		return r.T("desk.taken.mine", "since", r.moment(t.At))
	}
	return r.T("desk.taken", "name", name, "since", r.moment(t.At))
}

// fillItem shows what is particular to the kind.
func (s *Site) fillItem(ctx context.Context, r *request, v *page.DeskView, x *page.Item, i desk.Item) error {
	switch {
	case i.Record != nil:
		s.fillRecord(ctx, r, x, i)
	case i.Post != nil:
		return r.fillPost(ctx, v, x, i)
	case i.Asks != nil:
		x.Title.Text, x.Facts = i.Asks.Name, r.joinerFacts(*i.Asks)
		x.Decide = folk.Decide(v.Base, r.joiner(*i.Asks))
	case i.Offer != nil:
		x.Title.Text = r.offer(*i.Offer)
		x.Facts = []page.Fact{{Label: r.T("join.email"), Value: i.Offer.Email}, {Label: r.T("moderation.by"), Value: s.nameOf(ctx, i.Offer.By)}}
		x.Decide = folk.Decide(v.Base, folk.Item{ID: i.Offer.ID, Nomination: true})
	case i.Entry != nil:
		x.Title.Text = i.Entry.Name()
		for _, f := range r.expertFacts(*i.Entry) {
			x.Facts = append(x.Facts, page.Fact(f))
		}
		x.Decide = folk.DecideEntry(v.Base, i.Entry.ID)
	case i.Thread != nil:
		x.Title, x.Where = r.threadLink(i.Thread.Thread), r.spaceRow(i.Thread.Space).Title
		x.TitleIn.Lang, x.TitleIn.Dir = langDir(i.Thread.Thread.Lang)
		if i.Kind == desk.Summary {
			x.Title.Href = r.href(summaryPath(i.Thread.Thread))
			x.Lines = []string{r.N("summary.waiting", i.Thread.Thread.Proposed)}
			break
		}
		x.Lines = []string{r.N("unanswered.asked", len(i.Thread.Thread.Asked))}
	case i.Seats != nil:
		x.Title = layout.Link{Href: r.href(people.SeatsPath(i.Seats.Mechanism)), Text: r.overdue(*i.Seats)}
	}
	return nil
}

// fillRecord shows a record that waits for review, or to be archived.
func (s *Site) fillRecord(ctx context.Context, r *request, x *page.Item, i desk.Item) {
	title := r.recordTitle(i.Record)
	x.Title, x.TitleIn = title.Link, title.Words
	kind := r.T("kind." + string(i.Record.Kind))
	x.Kind = r.T("desk.kind.of", "kind", x.Kind, "what", kind)
	if i.Kind == desk.Due {
		x.Lines = []string{r.T("record.stale", "day", r.Day(i.Record.ReviewBy))}
		if !i.Record.Asked.IsZero() {
			x.Lines = append(x.Lines, r.T("desk.asked", "day", r.Day(i.Record.Asked)))
		}
		x.Acts = []page.Choice{{Value: string(desk.Ask), Label: r.T("desk.act.ask")}}
		return
	}
	if i.Record.Mechanism == "" && i.Record.Author != "" {
		x.State = s.nameOf(ctx, i.Record.Author)
	}
	if i.Record.Of != "" {
		x.Lines = append(x.Lines, r.T("desk.revision"))
	}
	done, of := 0, 0
	for _, p := range s.Writing.Progress(i.Record) {
		done, of = done+p.Done, of+p.Of
	}
	if of > 0 {
		x.Lines = append(x.Lines, r.T("contribute.progress", "done", r.Number(done), "of", r.Number(of)))
	}
	if steps := r.stepWaits(i.Record); len(steps) > 0 {
		x.Lines = append(x.Lines, strings.Join(steps, " · "))
	}
	x.Acts = []page.Choice{{Value: string(desk.Publish), Label: r.T("desk.act.publish")}}
}

// fillPost shows a post that was reported, or waits to be let through.
func (r *request) fillPost(ctx context.Context, v *page.DeskView, x *page.Item, i desk.Item) error {
	k := i.Post
	a, err := r.site.Discuss.Author(ctx, r.viewer, k.Post.By, k.Post.Anonymous)
	if err != nil {
		return err
	}
	x.Title, x.Where = layout.Link{Href: r.href(postPath(k.Thread, k.Post.Seq)), Text: k.Thread.Title}, r.spaceRow(k.Space).Title
	x.TitleIn.Lang, x.TitleIn.Dir = langDir(k.Thread.Lang)
	x.Body = &page.Quote{}
	x.Body.Lang, x.Body.Dir = langDir(k.Post.Lang)
	x.Body.By, _, _ = r.authorOf(a)
	for _, one := range k.Reports {
		x.Lines = append(x.Lines, r.T("posts.report", "day", r.Day(one.Created), "reason", one.Reason))
	}
	if k.Post.Hidden != nil {
		x.Lines = append(x.Lines, r.absence(k.Post))
	}
	x.Lines = slices.Clip(x.Lines)
	x.Decide = talk.DecidePost(v.Base, k.Thread.Space, k.Thread.Slug, strconv.FormatInt(k.Post.Seq, 10), i.Kind == desk.Held)
	x.Body.Text, err = r.said(ctx, k.Post, k.Post.Body)
	return err
}
