package question

import "nmirfhub/internal/hub"

// Render notes that the answer in a language renders the one that stands in
// the original now.
func (q *Question) Render(r *hub.Record, l hub.Lang) {
	v := version(r, l)
	if v.Lang == "" || l == r.Original || !q.Worded() {
		return
	}
	if q.Get(r, l) == nil {
		delete(v.Renders, q.Code)
		return
	}
	if v.Renders == nil {
		v.Renders = map[string]string{}
	}
	v.Renders[q.Code] = Mark(q.Get(r, r.Original))
}

// Outdated says whether the original has changed since it was translated:
// rendered is the mark of the answer that the translation renders.
func (q *Question) Outdated(r *hub.Record, l hub.Lang) (rendered string, is bool) {
	rendered = version(r, l).Renders[q.Code]
	return rendered, rendered != "" && l != r.Original && q.Get(r, l) != nil && rendered != Mark(q.Get(r, r.Original))
}
