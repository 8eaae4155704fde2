package site

import (
	"context"
	"net/url"

	"nmirfhub/internal/discuss"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
)

// spaceRows are spaces with what happened there: when somebody last wrote, and
// in how many threads there is news for the reader.
func (s *Site) spaceRows(ctx context.Context, r *request, all []discuss.Space) (rows []page.Space, err error) {
	if r.viewer, err = s.Discuss.Known(ctx, r.viewer); err != nil {
		return nil, err
	}
	news := map[string]int{}
	if r.viewer.SignedIn() {
		found, err := s.Discuss.News(ctx, r.viewer)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			news[n.Space.Slug]++
		}
	}
	for _, x := range all {
		row := r.spaceRow(x)
		last, err := s.Discuss.LastActive(ctx, r.viewer, x)
		if err != nil {
			return nil, err
		}
		if !last.IsZero() {
			row.Last = r.T("discuss.last", "moment", r.moment(last))
		}
		if n := news[x.Slug]; n > 0 {
			row.News = r.N("discuss.news", n)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// fillPick says which threads of a space are listed, and leads to others.
func (r *request) fillPick(v *page.SpaceView, x discuss.Space, pick discuss.Pick, next string) {
	at := func(view discuss.View, more url.Values) string {
		if view != discuss.AllThreads {
			more.Set("view", string(view))
		}
		if len(more) == 0 {
			return r.href(spacePath(x.Slug))
		}
		return r.href(spacePath(x.Slug) + "?" + more.Encode())
	}
	if next != "" {
		more := url.Values{"after": {next}}
		if pick.Tag != (discuss.Tag{}) {
			more.Set("tag", pick.Tag.String())
		}
		v.More = at(pick.View, more)
	}
	if pick.Tag != (discuss.Tag{}) {
		v.Tag = r.tagName(pick.Tag)
		return
	}
	v.View = string(pick.View)
	if !r.viewer.SignedIn() {
		return
	}
	for _, view := range discuss.Views {
		v.Views = append(v.Views, page.View{Link: layout.Link{Href: at(view, url.Values{}), Text: r.T("discuss.view." + string(view))}, Here: view == pick.View})
	}
}
