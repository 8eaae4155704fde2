package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/exchange"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	page "nmirfhub/web/page/moderation"
	"nmirfhub/web/part"
)

// actsPage is how many acts a page shows.
const actsPage = 50

// acts is the record of who did what.
func (s *Site) acts(ctx context.Context, r *request) error {
	v := page.ActsView{Base: r.base(r.T("acts.title"), ""), Narrow: r.filled([]part.Field{
		{Name: "what", Label: r.T("acts.what"), Hint: r.T("acts.what.hint"), Latin: true, Filter: true, Optional: true, Most: 60, Value: r.query.Get("what")},
		{Name: "object", Label: r.T("acts.object"), Hint: r.T("acts.object.hint"), Latin: true, Filter: true, Optional: true, Most: 100, Value: r.query.Get("object")},
	}, nil)}
	if s.People.ExportsActs(r.viewer) {
		v.Narrow = append(v.Narrow, part.Field{Name: "email", Label: r.T("acts.who.field"), Type: "email", Latin: true, Filter: true, Optional: true, Most: 254, Value: r.query.Get("email")})
		v.Export = r.href("/admin/acts.csv?" + narrowed(r.query).Encode())
	}
	f, err := s.People.Narrow(ctx, r.viewer, people.ActsFilter{Email: r.query.Get("email"), What: r.query.Get("what"), Object: r.query.Get("object")})
	var wrong *hub.Invalid
	var all []people.DoneAct
	var next string
	switch {
	case s.People.ReadsActs(r.viewer) && (errors.Is(err, hub.ErrNotFound) || errors.As(err, &wrong)):
		// nobody has that address: nothing is found
	case err != nil:
		return err
	default:
		f.After, f.Limit = r.query.Get("after"), actsPage
		if all, next, err = s.People.Acts(ctx, r.viewer, f); err != nil {
			return err
		}
	}
	v.Private, v.Members = true, true
	for _, a := range all {
		v.Rows = append(v.Rows, page.Act{Time: r.moment(a.Time), Who: a.Who, What: a.What, Object: a.Object, Failed: a.Failed, Reason: a.Reason})
	}
	if next != "" {
		q := narrowed(r.query)
		q.Set("after", next)
		v.Next = r.href("/admin/acts?" + q.Encode())
	}
	return r.render(ctx, page.ActsPage(v))
}

// narrowed are the parameters that narrow the record of acts.
func narrowed(q url.Values) url.Values {
	kept := url.Values{}
	for _, name := range []string{"what", "object", "email"} {
		if value := q.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

// exportActs sends the record of acts as a table. What a spreadsheet would
// take for a formula is made plain text.
func (s *Site) exportActs(ctx context.Context, r *request) error {
	f, err := s.People.Narrow(ctx, r.viewer, people.ActsFilter{Email: r.query.Get("email"), What: r.query.Get("what"), Object: r.query.Get("object")})
	if err != nil {
		return err
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"time", "who", "act", "object", "outcome", "reason"})
	err = s.People.ExportActs(ctx, r.viewer, f, func(a people.DoneAct) error {
		outcome := "done"
		if a.Failed {
			outcome = "refused"
		}
		return w.Write([]string{a.Time.Format(time.RFC3339), exchange.Cell(a.Who), exchange.Cell(a.What), exchange.Cell(a.Object), outcome, exchange.Cell(a.Reason)})
	})
	if err != nil {
		return err
	}
	w.Flush()
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	r.c.Attachment("acts.csv")
	r.c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return r.c.Send(table.Bytes())
}
