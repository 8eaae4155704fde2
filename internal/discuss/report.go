package discuss

import (
	"context"
	"errors"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// ReportsADay is how many reports somebody makes a day at most.
const ReportsADay = 20

// Report is that somebody asks the moderators to look at a post.
type Report struct {
	Post    string    `json:"post"` // id
	Thread  string    `json:"thread"`
	Seq     int64     `json:"seq"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Created time.Time `json:"created"`
	Decided *Decision `json:"decided,omitempty"`
}

func reportKeys(r Report) map[string]store.Value {
	k := map[string]store.Value{"post": r.Post, "person": r.By, "created": r.Created.UnixMicro()}
	if r.Decided == nil {
		k["waits"] = r.Created.UnixMicro()
	}
	return k
}

func (s *Service) mayReport(v hub.Viewer) error {
	if !v.SignedIn() {
		return hub.ErrNotFound
	}
	return s.Door.May(v, hub.ActCreate, access.Object{Kind: access.Report, Owner: v.Person}, s.Now())
}

// Report asks the moderators to look at a post. Of one person a post has one
// report, whose last words stand. hub.Invalid with the field "report";
// *hub.TooMany.
func (s *Service) Report(ctx context.Context, v hub.Viewer, space, slug string, seq int64, reason string) error {
	_, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return err
	}
	if err := s.mayReport(v); err != nil {
		return err
	}
	if err := checkText("report", reason, MaxPurpose); err != nil {
		return err
	}
	p, _, err := s.post(ctx, t.ID, seq)
	if err != nil {
		return err
	}
	if p.Absent() != "" {
		return hub.ErrNotFound
	}
	since := s.Now().Add(-24 * time.Hour)
	day, err := s.Store.List(ctx, reports, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}}, From: since.UnixMicro(), Limit: ReportsADay})
	if err != nil {
		return err
	}
	if len(day.Docs) == ReportsADay {
		return &hub.TooMany{After: 24 * time.Hour}
	}
	r := Report{Post: postID(t.ID, seq), Thread: t.ID, Seq: seq, By: v.Person, Reason: reason, Created: s.Now()}
	id := r.Post + "/" + v.Person
	err = s.put(ctx, reports, id, reportKeys(r), r)
	if errors.Is(err, hub.ErrConflict) {
		_, err = store.Change(ctx, s.Store, reports, id, reportKeys, func(now *Report) error { *now = r; return nil })
	}
	return err
}

// Reported are posts with reports that wait, in spaces that the viewer
// moderates and may read, at most some; and how many wait elsewhere. Who
// reported is not said.
func (s *Service) Reported(ctx context.Context, v hub.Viewer, most int) (found []Kept, elsewhere int, err error) {
	if err := s.Door.May(v, hub.ActList, access.Object{Kind: access.Report}, s.Now()); err != nil {
		return nil, 0, err
	}
	all, err := store.All[Report](ctx, s.Store, reports, store.Query{Index: "waits"})
	if err != nil {
		return nil, 0, err
	}
	at := map[string]int{}
	for _, r := range all {
		r.By = ""
		if i, known := at[r.Post]; known {
			found[i].Reports = append(found[i].Reports, r)
			continue
		}
		if len(found) == most {
			continue
		}
		p, _, err := s.post(ctx, r.Thread, r.Seq)
		var k Kept
		if err == nil {
			k, err = s.kept(ctx, v, p)
		}
		if errors.Is(err, hub.ErrNotFound) {
			elsewhere++
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		at[r.Post] = len(found)
		k.Reports = []Report{r}
		found = append(found, k)
	}
	return found, elsewhere, nil
}

// Settle ends the reports of a post, for who moderates its space.
func (s *Service) Settle(ctx context.Context, v hub.Viewer, space, slug string, seq int64, reason string) error {
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	post := postID(t.ID, seq)
	all, err := store.All[Report](ctx, s.Store, reports, store.Query{Index: "post", Equal: [][]store.Value{{post}}})
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Decided != nil {
			continue
		}
		_, err := store.Change(ctx, s.Store, reports, post+"/"+r.By, reportKeys, func(r *Report) error {
			r.Decided = &Decision{v.Person, s.Now(), reason}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.note(ctx, v, "report.settle", "post:"+post, reason)
}
