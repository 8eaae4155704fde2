package site

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	page "nmirfhub/web/page/moderation"
	"nmirfhub/web/part"
)

// bringPath is where moderators bring a version of a questionnaire.
const bringPath = questionsPath + "/bring"

func (s *Site) bringRoutes(pages fiber.Router) {
	pages.Get(bringPath, s.serve(s.bring))
	pages.Post(bringPath, s.serve(s.takeVersion))
	pages.Get(questionsPath+"/:kind/:version/yaml", s.serve(s.versionText))
}

// bring asks for a version.
func (s *Site) bring(ctx context.Context, r *request) error {
	if !s.Trials.Moderates(r.viewer) {
		return hub.ErrNotFound
	}
	return r.bringPage(ctx, page.BringView{}, "")
}

// bringPage is the page with what was typed.
func (r *request) bringPage(ctx context.Context, v page.BringView, text string) error {
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	v.Base, v.Tabs = r.base(r.T("bring.title"), "", r.crumb(questionsPath, "questions.title")), r.tabs(questionsPath, nil)
	v.Private, v.Members = true, true
	v.Fields = []part.Field{
		{Name: "text", Label: r.T("bring.text"), Hint: r.T("bring.text.hint", "limit", r.Number(question.MostBytes>>10)), Type: "textarea", Rows: 16, Latin: true, Optional: true, Value: strings.ToValidUTF8(text, "\ufffd")},
		{Name: "file", Label: r.T("bring.file"), Hint: r.T("bring.file.hint"), Type: "file", Optional: true},
	}
	return r.render(ctx, page.BringPage(v))
}

// takeVersion looks at what was brought, and keeps it when it was looked at.
func (s *Site) takeVersion(ctx context.Context, r *request) error {
	if !s.Trials.Moderates(r.viewer) {
		return hub.ErrNotFound
	}
	text := r.typed("text")
	if header, err := r.c.FormFile("file"); err == nil && header.Size > 0 {
		raw, err := r.upload("file", question.MostBytes)
		if err != nil {
			return err
		}
		text = string(raw)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n") // as browsers send what was typed
	if r.typed("act") == "keep" {
		set, faults, err := s.Trials.Bring(ctx, r.viewer, []byte(text))
		if err == nil && len(faults) == 0 {
			return r.done(questionsPath+"/"+set.Name(), "questions.brought")
		}
		if errors.Is(err, hub.ErrConflict) {
			r.c.Status(fiber.StatusConflict)
			return r.bringPage(ctx, page.BringView{Wrong: r.T("bring.taken")}, text)
		}
		if err != nil {
			return err
		}
	}
	set, faults, err := s.Trials.Look(ctx, r.viewer, []byte(text))
	if err != nil {
		return err
	}
	v := page.BringView{More: len(faults) >= question.MostFaults}
	for _, f := range faults {
		v.Faults = append(v.Faults, r.faultLine(f))
	}
	if len(faults) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return r.bringPage(ctx, v, text)
	}
	was := s.Trials.Sets.Latest(set.Kind)
	v.Name, v.Against, v.Differences = r.setName(set), r.T("bring.against", "n", r.Number(was.Version)), r.differences(was, set)
	return r.bringPage(ctx, v, text)
}

// faultLine is a fault in the reader's words.
func (r *request) faultLine(f question.Fault) page.FaultLine {
	var where []string
	if f.Line > 0 {
		where = append(where, r.T("bring.line", "n", strconv.Itoa(f.Line)))
	}
	if f.Of != "" {
		where = append(where, r.T("bring.of", "code", f.Of))
	}
	if f.Field != "" {
		where = append(where, f.Field)
	}
	if where == nil {
		where = append(where, r.T("bring.whole"))
	}
	return page.FaultLine{Where: strings.Join(where, " · "), Say: r.T("bring.fault."+f.Reason, "value", f.Value)}
}

// differences are what is other in a version than in one before.
func (r *request) differences(was, is *question.Set) []page.Difference {
	var all []page.Difference
	for _, d := range question.Compare(was, is) {
		q := d.Is
		if q == nil {
			q = d.Was
		}
		x := page.Difference{Sort: r.T("bring.sort." + string(d.Sort)), Code: q.Code, Ask: q.Ask.In(r.Lang)}
		if d.Was != nil && d.Was.Ask.In(r.Lang) != x.Ask {
			x.Was = d.Was.Ask.In(r.Lang)
		}
		var fields []string
		for _, f := range d.Fields {
			fields = append(fields, r.T("bring.field."+f))
		}
		x.Other = r.List(fields)
		all = append(all, x)
	}
	return all
}

// versionText is a version as the text that it was read from, to begin the next
// one with.
func (s *Site) versionText(ctx context.Context, r *request) error {
	x, err := s.versionNamed(ctx, r)
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	r.c.Set(fiber.HeaderContentType, "application/yaml; charset=utf-8")
	r.c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+string(x.Kind)+"-"+strconv.Itoa(x.Set.Version)+`.yaml"`)
	return r.c.Send(x.YAML())
}
