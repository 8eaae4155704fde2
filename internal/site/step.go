package site

import (
	"time"

	"nmirfhub/internal/hub"
)

// stepWaits say how long each step of a record took, and the present one so far.
func (r *request) stepWaits(rec *hub.Record) []string {
	var all []string
	for n, x := range rec.Steps {
		to := r.site.Now()
		if n+1 < len(rec.Steps) {
			to = rec.Steps[n+1].At
		}
		if x.Status != hub.StatusPublished && x.Status != hub.StatusArchived {
			all = append(all, r.stepWait(x.Status, to.Sub(x.At)))
		}
	}
	return all
}

func (r *request) stepWait(status hub.Status, d time.Duration) string {
	return r.T("step."+string(status), "span", r.span(d))
}

// waited says how long the step took that a revision of a record has ended;
// empty for one that ended none, and for who may not know.
func (r *request) waited(rec *hub.Record) string {
	n := len(rec.Steps)
	if n < 2 || !rec.Steps[n-1].At.Equal(rec.Change.At) {
		return ""
	}
	before := rec.Steps[n-2]
	if before.Status == hub.StatusPublished {
		return ""
	}
	return r.stepWait(before.Status, rec.Change.At.Sub(before.At))
}
