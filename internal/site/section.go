package site

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
	"nmirfhub/web/part"
)

// spareRows is how many empty rows a table offers.
const spareRows = 1

// boxesUpTo is up to how many choices stand side by side, and not in a list.
const boxesUpTo = 9

// section is a part of a questionnaire with the answers that there are.
func (s *Site) section(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	rec, set, err := s.contributed(ctx, r)
	if err != nil {
		return err
	}
	if r.c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON { // an open page asks who else is here
		here := ""
		if s.Records.Rights(r.viewer, rec).Writes {
			here = r.alsoHere(ctx, rec.ID)
		}
		return r.c.JSON(map[string]string{"here": here})
	}
	return s.sectionPage(ctx, r, rec, set, nil, nil)
}

// answerSection keeps the answers of a part. What is wrong with some does not
// keep the others from being kept.
func (s *Site) answerSection(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	rec, set, err := s.contributed(ctx, r)
	if err != nil {
		return s.gonePage(ctx, r, err)
	}
	x := sectionOf(set, r.c.Params("section"))
	if x == nil {
		return hub.ErrNotFound
	}
	if r.typed("whole") != "1" {
		return &hub.Invalid{Field: "whole", Reason: hub.ReasonRequired}
	}
	if form, err := r.c.MultipartForm(); err == nil && len(form.File) > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), attachFor)
		defer cancel()
	}
	lang := r.answerLang(rec)
	rec, clashes, err := s.Writing.Answer(ctx, r.viewer, rec.ID, lang, r.given(x))
	if rec == nil {
		if field := (*hub.Invalid)(nil); errors.As(err, &field) && field.Field == "status" && r.c.Get(fiber.HeaderAccept) != fiber.MIMEApplicationJSON {
			return s.latePage(ctx, r, x, lang)
		}
		return s.gonePage(ctx, r, err)
	}
	wrong := r.wrong(err)
	if rec, err = s.translatedBy(ctx, r, rec, lang); err != nil {
		return err
	}
	with, unkept, err := s.attach(ctx, r, rec.ID, x)
	if err != nil {
		return err
	}
	if with != nil {
		rec = with
	}
	if wrong == nil {
		wrong = unkept
	} else {
		maps.Copy(wrong, unkept)
	}
	unsaid, err := s.flagged(ctx, r, rec, x)
	if err != nil {
		return err
	}
	if wrong == nil {
		wrong = unsaid
	} else {
		maps.Copy(wrong, unsaid)
	}
	if r.c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON {
		return r.savedJSON(rec, x, lang, wrong, clashes)
	}
	begun := r.begunRows(x, wrong)
	if wrong = r.noRoom(x, wrong); len(wrong) > 0 || len(clashes) > 0 || begun {
		return s.sectionPage(ctx, r, rec, set, wrong, clashes)
	}
	if q := set.Question(r.typed("stay")); q != nil {
		return r.c.Redirect(r.href(contributionPath(rec)+"/"+x.Code+r.inLang(rec, lang))+"#q-"+q.Code, fiber.StatusSeeOther)
	}
	if next := sectionOf(set, r.typed("go")); next != nil {
		return r.c.Redirect(r.href(contributionPath(rec)+"/"+next.Code+r.inLang(rec, lang))+firstOpen(rec, next, lang), fiber.StatusSeeOther)
	}
	return r.done(contributionPath(rec), "record.saved")
}

// firstOpen is the part of an address that leads to the first question of a
// part that must be answered and is not; empty where there is none.
func firstOpen(rec *hub.Record, x *question.Section, l hub.Lang) string {
	for i := range x.Questions {
		q := &x.Questions[i]
		if q.Required && (l == rec.Original || q.Worded()) && q.Get(rec, l) == nil && !slices.Contains(rec.Skipped, q.Code) {
			return "#q-" + q.Code
		}
	}
	return ""
}

// inLang is the part of an address that names a language other than the
// original.
func (r *request) inLang(rec *hub.Record, l hub.Lang) string {
	if l == rec.Original {
		return ""
	}
	return "?lang=" + string(l)
}

// answerLang is the language in which a page asks: that of the address, else
// the original one.
func (r *request) answerLang(rec *hub.Record) hub.Lang {
	if l, err := hub.ParseLang(r.query.Get("lang")); err == nil {
		return l
	}
	return rec.Original
}

func sectionOf(set *question.Set, code string) *question.Section {
	for i := range set.Sections {
		if set.Sections[i].Code == code {
			return &set.Sections[i]
		}
	}
	return nil
}

// typedAll are the values of a field of the form that was sent.
func (r *request) typedAll(name string) []string {
	var all []string
	for _, v := range r.c.Request().PostArgs().PeekMulti(name) {
		all = append(all, string(v))
	}
	if form, err := r.c.MultipartForm(); err == nil {
		all = append(all, form.Value[name]...)
	}
	return all
}

// given are the answers of a form: of the questions that it showed.
func (r *request) given(x *question.Section) []contribute.Given {
	var all []contribute.Given
	for i := range x.Questions {
		q := &x.Questions[i]
		if r.typed("seen."+q.Code) == "" {
			continue
		}
		answer, _, _ := r.read(q)
		all = append(all, contribute.Given{
			Question: q.Code, Answer: answer, Seen: r.typed("seen." + q.Code), Closed: r.typed("closed."+q.Code) == "1", Skipped: r.typed("skip."+q.Code) == "1",
			Still: r.typed("still."+q.Code) == "1",
		})
	}
	return all
}

// savedJSON tells a page that saves by itself what was kept.
func (r *request) savedJSON(rec *hub.Record, x *question.Section, l hub.Lang, wrong map[string]string, clashes []contribute.Clash) error {
	seen := map[string]string{}
	for i := range x.Questions {
		q := &x.Questions[i]
		seen[q.Code] = question.Mark(q.Get(rec, l))
	}
	for _, c := range clashes {
		delete(seen, c.Question)
	}
	return r.c.JSON(map[string]any{"seen": seen, "wrong": len(wrong), "clashes": len(clashes), "advice": r.adviceIn(rec, x.Questions, l)})
}

func (s *Site) sectionPage(ctx context.Context, r *request, rec *hub.Record, set *question.Set, wrong map[string]string, clashes []contribute.Clash) error {
	x := sectionOf(set, r.c.Params("section"))
	if x == nil {
		return hub.ErrNotFound
	}
	lang := r.answerLang(rec)
	at := 0
	for i := range set.Sections {
		if set.Sections[i].Code == x.Code {
			at = i
		}
	}
	back := layout.Link{Href: r.href(contributionPath(rec)), Text: titleIn(rec, lang)}
	v := page.SectionView{
		Base: r.base(x.Title.In(r.Lang), "", r.crumb("/contribute", "contribute.title"), back), Done: r.didSay(), Heading: titleIn(rec, lang),
		Where: r.T("contribute.where", "n", r.Number(at+1), "of", r.Number(len(set.Sections))), In: r.T("contribute.in", "lang", r.languageName(string(lang))),
		Back: back.Href, Clashes: len(clashes) > 0, Beside: lang != rec.Original, Saves: true, Posted: r.c.Method() == fiber.MethodPost,
	}
	if v.Posted && len(wrong) == 0 && len(clashes) == 0 {
		v.Done = r.T("contribute.rows.begun")
	}
	v.Lang, v.Dir = langDir(lang)
	v.Private, v.Members = true, true
	if rec.Change.By != "" && rec.Change.By != r.viewer.Person {
		v.Changed = r.T("contribute.by", "who", s.nameOf(ctx, rec.Change.By), "when", r.moment(rec.Updated))
	}
	if s.Records.Rights(r.viewer, rec).Writes {
		v.Here = r.alsoHere(ctx, rec.ID)
	}
	if at+1 < len(set.Sections) {
		v.Next = set.Sections[at+1].Code
	}
	if v.Beside {
		v.Made = string(cmp.Or(rec.In(lang).Translation, hub.ByPerson))
		if rec.In(lang).Lang != lang {
			v.Made = string(hub.ByPerson)
		}
	}
	flags, err := s.Trials.Own(ctx, r.viewer, rec)
	if err != nil {
		return err
	}
	var past []*hub.Record // read where something is outdated
	theirs := map[string]question.Answer{}
	for _, c := range clashes {
		theirs[c.Question] = c.Theirs
	}
	before := s.Writing.Sets.Named(string(set.Kind) + "/" + strconv.Itoa(set.Version-1))
	for i := range x.Questions {
		q := &x.Questions[i]
		if lang != rec.Original && !q.Worded() {
			continue
		}
		a := r.asked(rec, q, lang, wrong)
		a.New = before != nil && !a.Answered && !before.Asks(q.Code)
		if v.Flags = lang == rec.Original && s.Records.Rights(r.viewer, rec).Writes; v.Flags {
			r.askUnclear(&a, q.Code, flags, wrong)
		}
		if a.Unclear.Error != "" {
			v.Wrong = append(v.Wrong, part.Field{Name: "q-" + q.Code, Label: q.Ask.In(r.Lang), Error: a.Unclear.Error})
		}
		if clash, there := theirs[q.Code]; there {
			a.Theirs = r.answerLines(rec, q, clash)
			if a.Theirs == nil {
				a.Theirs = []string{r.T("contribute.taken")}
			}
		}
		if mark, is := q.Outdated(rec, lang); is {
			if past == nil {
				past = s.pastOf(ctx, r, rec)
			}
			a.Outdated = true
			if was := s.Writing.Rendered(past, q, mark); was != nil {
				a.Since = lineDifference(r.answerLines(rec, q, was), a.Original)
			}
		}
		for _, remark := range rec.Remarks {
			if remark.Question == q.Code {
				a.Remark = remark.Text
			}
		}
		if a.Error != "" {
			v.Wrong = append(v.Wrong, part.Field{Name: "q-" + q.Code, Label: q.Ask.In(r.Lang), Error: a.Error})
		}
		v.Asked = append(v.Asked, a)
		v.Brings = v.Brings || a.Takes != ""
	}
	switch {
	case len(clashes) > 0:
		r.c.Status(fiber.StatusConflict)
	case len(wrong) > 0:
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	return r.render(ctx, page.SectionPage(v))
}

// titleIn is the title of a record in a language, or that of the original where
// a translation has none yet.
func titleIn(rec *hub.Record, l hub.Lang) string {
	return cmp.Or(rec.In(l).Title, rec.In(rec.Original).Title)
}

// translatedBy keeps how a translation was made, where the form says so.
func (s *Site) translatedBy(ctx context.Context, r *request, rec *hub.Record, l hub.Lang) (*hub.Record, error) {
	made := hub.Translation(r.typed("made"))
	there := slices.ContainsFunc(rec.Versions, func(v hub.Version) bool { return v.Lang == l && v.Translation != made })
	if made == "" || l == rec.Original || !there {
		return rec, nil
	}
	return s.Writing.Translated(ctx, r.viewer, rec.ID, l, made)
}

// pastOf are the earlier revisions of a record, and of the one that it is to
// replace, as far as the viewer may read them.
func (s *Site) pastOf(ctx context.Context, r *request, rec *hub.Record) []*hub.Record {
	all := []*hub.Record{}
	for _, id := range []string{rec.ID, rec.Of} {
		if past, err := s.Records.History(ctx, r.viewer, id); id != "" && err == nil {
			all = append(all, past...)
		}
	}
	return all
}

// asked is a question with its answer as fields show it.
func (r *request) asked(rec *hub.Record, q *question.Question, l hub.Lang, wrong map[string]string) page.Asked {
	now := q.Get(rec, l)
	shown := q.Write(now)
	a := page.Asked{
		Field:   part.Field{Name: q.Code, Label: q.Ask.In(r.Lang), Hint: q.Help.In(r.Lang), Error: wrong[q.Code], Optional: true},
		Advises: len(q.Hints) > 0 && l == rec.Original, Advice: r.advice(rec, q, l),
		Seen: question.Mark(now), Good: q.Good.In(r.Lang), Poor: q.Poor.In(r.Lang), Must: q.Required,
		Closable: q.Closable() && l == rec.Original, Closed: q.Closed(rec), Skippable: q.Required && q.Closable() && l == rec.Original,
	}
	for _, code := range rec.Skipped {
		a.Skipped = a.Skipped || code == q.Code
	}
	a.After, a.AfterIs = q.Opened()
	if r.c.Method() == fiber.MethodPost && r.typed("seen."+q.Code) != "" {
		answer, _, left := r.read(q)
		shown, a.Lines.Value = q.Write(answer), left
	} else if now == nil && q.At == "review_by" && rec.ReviewBy.IsZero() {
		shown = q.Write(r.inAYear())
	}
	if l != rec.Original {
		a.Original = r.answerLines(rec, q, q.Get(rec, rec.Original))
		a.Hint, a.Good, a.Poor = "", "", ""
	}
	if q.Form == question.Files {
		a.Files, a.Takes = r.attached(rec, q.Code), filesField(q.Code) // those that a form brought are kept already
		a.Accept, a.Answered = file.Endings(), len(a.Files) > 0
		return a
	}
	a.Answered = len(shown) > 0
	if q.Form != question.Table {
		r.fillField(&a.Field, q.Form, q.List, q.Most, shown[q.Code])
		a.Many = q.Form == question.Several || q.Form == question.States
		a.Long = len(a.Options) > boxesUpTo
		return a
	}
	rows := question.Rows(now)
	for field, message := range wrong {
		code, rest, found := strings.Cut(field, ".")
		if !found || code != q.Code {
			continue
		}
		a.Error = message
		if n, err := strconv.Atoi(rest[:strings.IndexByte(rest+".", '.')]); err == nil {
			rows = max(rows, n+1)
		}
	}
	for field := range shown {
		_, rest, _ := strings.Cut(field, ".")
		if n, err := strconv.Atoi(rest[:strings.IndexByte(rest+".", '.')]); err == nil {
			rows = max(rows, n+1)
		}
	}
	for _, c := range q.Columns {
		a.Columns = append(a.Columns, c.Ask.In(r.Lang))
	}
	a.MostRows = cmp.Or(q.Most, question.MostListed)
	r.fillMore(&a, q)
	for i := range max(rows, min(rows+spareRows, a.MostRows)) {
		var row []part.Field
		for _, c := range q.Columns {
			name := question.Field(q.Code, i, c.Code)
			f := part.Field{Name: name, Optional: true, Error: wrong[name]}
			r.fillField(&f, c.Form, c.List, c.Most, shown[name])
			if f.Type == "boxes" {
				f.Type = "select"
			}
			row = append(row, f)
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}

// fillField gives a field the input of a form of answer, with its value.
func (r *request) fillField(f *part.Field, form question.Form, list string, most int, values []string) {
	if len(values) > 0 {
		f.Value = values[0]
	}
	chosen := map[string]bool{}
	for _, v := range values {
		chosen[v] = true
	}
	switch form {
	case question.Text:
		f.Type, f.Most, f.Rows = "textarea", most, min(max(most/90, 3), 6)
	case question.Points:
		f.Type, f.Rows = "textarea", 4
	case question.Choice, question.Several:
		codes := r.site.Vocabulary.Codes(list)
		f.Type = "boxes"
		if form == question.Choice {
			f.Options = append(f.Options, part.Option{Label: r.T("contribute.none"), Checked: len(values) == 0})
			if len(codes) > boxesUpTo {
				f.Type = "select"
			}
		}
		for _, c := range codes {
			if c.Status != "deprecated" || chosen[c.Code] {
				f.Options = append(f.Options, part.Option{Value: c.Code, Label: r.site.Vocabulary.Label(list, c.Code, r.Lang), Checked: chosen[c.Code]})
			}
		}
	case question.YesNo:
		f.Type = "boxes"
		for _, v := range []string{"", "yes", "no"} {
			key := "contribute.none"
			if v != "" {
				key = "contribute.answer." + v
			}
			f.Options = append(f.Options, part.Option{Value: v, Label: r.T(key), Checked: f.Value == v})
		}
	case question.State:
		f.Type, f.Options = "select", r.states(r.T("contribute.none"))
	case question.States:
		f.Type = "boxes"
		for _, o := range r.states("")[1:] {
			o.Checked = chosen[o.Value]
			f.Options = append(f.Options, o)
		}
	case question.Record:
		f.Type, f.Options = "select", r.linkable(hub.Kind(list), f.Value)
	case question.Line:
		f.Most = most
	case question.Number:
		f.Latin, f.Keys = true, "numeric"
	case question.Link:
		f.Latin, f.Keys = true, "url"
	case question.Day:
		f.Latin = true
		if _, err := time.Parse(time.DateOnly, f.Value); err == nil || f.Value == "" { // else it is shown as it was typed
			f.Type = "date"
		}
	default:
		f.Latin = true
	}
}

// linkable are the records that an answer may name: those that everybody may
// read, and the one that it names already.
func (r *request) linkable(k hub.Kind, now string) []part.Option {
	all := []part.Option{{Label: r.T("contribute.none")}}
	if now != "" && len(r.site.Records.Heads(hub.Public, k, now)) == 0 {
		all = append(all, part.Option{Value: now, Label: now})
	}
	for _, h := range r.site.linkable(k, r.Lang) {
		all = append(all, part.Option{Value: h.Slug, Label: r.site.linkLabel(h, r.Lang)})
	}
	return all
}

// answerLines is an answer of a record as lines of text, in the reader's
// language where it has codes.
func (r *request) answerLines(rec *hub.Record, q *question.Question, a question.Answer) []string {
	shown := q.Write(a)
	if q.Form == question.Files {
		return r.fileNames(rec, shown[q.Code])
	}
	if q.Form != question.Table {
		return r.valueLines(q.Form, q.List, shown[q.Code])
	}
	var lines []string
	for i := range question.Rows(a) {
		var cells []string
		for _, c := range q.Columns {
			for _, value := range r.valueLines(c.Form, c.List, shown[question.Field(q.Code, i, c.Code)]) {
				cells = append(cells, c.Ask.In(r.Lang)+r.T("form.colon")+value)
			}
		}
		lines = append(lines, strings.Join(cells, " · "))
	}
	return lines
}

func (r *request) valueLines(form question.Form, list string, values []string) []string {
	var lines []string
	for _, v := range values {
		switch form {
		case question.Text, question.Points:
			lines = append(lines, strings.Split(v, "\n")...)
			continue
		case question.Choice, question.Several:
			v = r.site.Vocabulary.Label(list, v, r.Lang)
		case question.Record:
			heads := r.site.Records.Heads(r.viewer, hub.Kind(list), v)
			if len(heads) == 0 {
				continue // the slug of what the reader may not read tells its title
			}
			v = heads[0].In(r.Lang).Title
		case question.State, question.States:
			v = r.site.Vocabulary.StateName(hub.State(v), r.Lang)
		case question.YesNo:
			v = r.T("contribute.answer." + v)
		case question.Date, question.Day:
			v = r.Date(v)
		}
		lines = append(lines, v)
	}
	return lines
}
