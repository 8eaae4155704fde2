package site

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/intake"
	"nmirfhub/internal/question"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
	"nmirfhub/web/part"
)

const (
	importPath = "/contribute/import"
	// rowsOfImport is how many entries a page shows.
	rowsOfImport = 50
	// weighPatience is how long a page waits for what is compared; then it
	// loads itself again.
	weighPatience = 3 * time.Second
	// attachWithin is how long reading a PDF may take that goes with a draft.
	attachWithin = 25 * time.Second
)

func (s *Site) importRoutes(pages fiber.Router) {
	pages.Get(importPath, s.serve(s.imports))
	pages.Post(importPath, s.serve(s.takeImport))
	pages.Get(importPath+"/:import", s.serve(s.importOf))
	pages.Post(importPath+"/:import", s.serve(s.actOnImport))
}

// importer lets through who may bring publications.
func (r *request) importer() error {
	if !r.site.Intake.Allows(r.viewer) {
		return hub.ErrNotFound
	}
	return r.writer()
}

// importFields are where publications are brought: pasted, or as a file.
func (r *request) importFields(wrong map[string]string) []part.Field {
	fields := []part.Field{
		{Name: "text", Label: r.T("import.text"), Hint: r.T("import.text.hint"), Type: "textarea", Rows: 8, Optional: true},
		{Name: "file", Label: r.T("import.file"), Hint: r.T("import.file.hint"), Type: "file", Optional: true},
		{Name: "lang", Label: r.T("import.lang"), Hint: r.T("import.lang.hint"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}
	for i, f := range fields {
		if r.c.Method() == fiber.MethodPost && f.Name != "file" {
			fields[i].Value = r.typed(f.Name)
		}
		fields[i].Error = wrong[f.Name]
	}
	return fields
}

// imports is where publications are brought, with what the viewer has brought.
func (s *Site) imports(ctx context.Context, r *request) error { return s.importsPage(ctx, r, nil) }

func (s *Site) importsPage(ctx context.Context, r *request, wrong map[string]string) error {
	if err := r.importer(); err != nil {
		return err
	}
	all, err := s.Intake.Mine(ctx, r.viewer)
	if err != nil {
		return err
	}
	v := page.ImportsView{Base: r.base(r.T("import.title"), "", r.crumb("/contribute", "contribute.title")), Done: r.didSay(), Fields: r.importFields(wrong)}
	v.Private, v.Members = true, true
	if v.Into = r.query.Get("into"); v.Into != "" {
		rec, err := s.Records.Load(ctx, r.viewer, v.Into)
		if err != nil || rec.Kind != hub.Publication || !s.Records.Rights(r.viewer, rec).Writes {
			return hub.ErrNotFound
		}
		v.Crumbs = append(v.Crumbs, layout.Link{Href: r.href(contributionPath(rec)), Text: rec.In(rec.Original).Title})
	}
	for _, i := range all {
		v.Mine = append(v.Mine, page.Brought{Link: layout.Link{Href: r.href(importPath + "/" + i.ID), Text: r.importName(i)}, State: r.T("import.state." + string(i.State)), When: r.moment(i.Created)})
	}
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	return r.render(ctx, page.ImportsPage(v))
}

func (r *request) importName(i *intake.Import) string {
	if i.Name == "" {
		return r.T("import.pasted")
	}
	return i.Name
}

// takeImport reads what is brought, and leads to the page that shows it.
func (s *Site) takeImport(ctx context.Context, r *request) error {
	if err := r.importer(); err != nil {
		return err
	}
	field, name, raw := "text", "", []byte(r.typed("text"))
	if header, err := r.c.FormFile("file"); err == nil && header.Size > 0 {
		field, name = "file", header.Filename
		if raw, err = r.upload("file", intake.MaxPDF); err != nil {
			return err
		}
	}
	i, err := s.Intake.Take(ctx, r.viewer, name, raw, hub.Lang(r.typed("lang")), r.query.Get("into"))
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		if invalid.Field != "file" {
			return s.importsPage(ctx, r, map[string]string{invalid.Field: r.T("wrong." + invalid.Reason)})
		}
		return s.importsPage(ctx, r, map[string]string{field: r.T("import.wrong."+invalid.Reason, "limit", strconv.Itoa(invalid.Limit))})
	}
	if err != nil {
		return err
	}
	return r.c.Redirect(r.href(importPath+"/"+i.ID), fiber.StatusSeeOther)
}

// importOf shows what was brought, and how far it is.
func (s *Site) importOf(ctx context.Context, r *request) error { return s.importPage(ctx, r, nil) }

func (s *Site) importPage(ctx context.Context, r *request, wrong map[string]string) error {
	if err := r.importer(); err != nil {
		return err
	}
	i, err := s.Intake.Load(ctx, r.viewer, r.c.Params("import"))
	if err != nil {
		return err
	}
	v := page.ImportView{
		Base: r.base(r.importName(i), "", r.crumb("/contribute", "contribute.title"), r.crumb(importPath, "import.title")),
		Done: r.didSay(), Wrong: wrong["wanted"], State: string(i.State), Status: r.T("import.state." + string(i.State) + ".what"),
	}
	v.Private, v.Members = true, true
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	if i.State != intake.Shown {
		if err := s.fillProgress(ctx, r, &v, i); err != nil {
			return err
		}
		return r.render(ctx, page.ImportPage(v))
	}
	weighing, cancel := context.WithTimeout(ctx, weighPatience)
	defer cancel()
	w, err := s.Intake.Weigh(weighing, r.viewer, i.ID)
	if errors.Is(err, intake.ErrWeighing) {
		r.c.Set("Refresh", "1")
		v.State, v.Status, v.Weighs = "weighing", r.T("import.weighing"), true
		return r.render(ctx, page.ImportPage(v))
	}
	if err != nil {
		return err
	}
	if one := s.Intake.One(i, w); one != nil {
		return s.onePage(ctx, r, i, w, one, wrong)
	}
	if err := s.fillRows(ctx, r, &v, i, w); err != nil {
		return err
	}
	return r.render(ctx, page.ImportPage(v))
}

// fillProgress says how far an import is, or how it ended.
func (s *Site) fillProgress(ctx context.Context, r *request, v *page.ImportView, i *intake.Import) error {
	v.Of, v.DoneSoFar = len(i.Plan), i.Done
	v.Progress = r.T("import.progress", "done", r.Number(i.Done), "of", r.Number(len(i.Plan)))
	v.Works = i.State == intake.Applying || i.State == intake.Undoing
	if v.Works {
		r.c.Set("Refresh", "1")
	}
	for _, k := range i.Wrong {
		v.Failed = append(v.Failed, page.Misread{Where: r.T("import.line", "n", strconv.Itoa(k.Line)), What: k.Title})
	}
	for _, k := range i.Kept {
		v.Kept = append(v.Kept, layout.Link{Href: r.href("/contribute/" + k.Record), Text: k.Title})
	}
	v.Undoes = i.State == intake.Applied
	v.Became = r.T("import.state." + string(i.State))
	if i.As != "" {
		v.As = r.T("import.as." + string(i.As))
	}
	if i.State != intake.Applied {
		return nil
	}
	filled, err := s.Intake.Filled(ctx, r.viewer, i)
	for _, rec := range filled {
		link := layout.Link{Href: r.href(contributionPath(rec)), Text: titleIn(rec, r.Lang)}
		if rec.Status == hub.StatusPublished {
			link.Href = r.tableLink(rec).Href
		}
		v.Filled = append(v.Filled, link)
	}
	return err
}

// fillRows shows the entries of one kind, page by page.
func (s *Site) fillRows(ctx context.Context, r *request, v *page.ImportView, i *intake.Import, w *intake.Weighed) error {
	counts := map[intake.Kind]int{}
	for _, e := range w.Entries {
		counts[e.Is]++
	}
	show := intake.Kind(r.query.Get("show"))
	if !slices.Contains(intake.Kinds, show) && show != broken {
		show = intake.New
	}
	for _, k := range append(slices.Clone(intake.Kinds), broken) {
		n := counts[k]
		if k == broken {
			n = len(w.Broken)
		}
		t := page.ImportTab{Link: layout.Link{Href: "?show=" + string(k), Text: r.T("import.kind." + string(k))}, Count: r.Number(n), Current: k == show}
		v.Tabs = append(v.Tabs, t)
	}
	v.What = r.T("import.kind." + string(show) + ".what")
	wanted := i.Wanted(w)
	v.Wanted, v.Summary = len(wanted), r.N("import.wanted", len(wanted))
	if len(i.Fills) > 0 {
		v.Takes = r.N("import.takes", len(i.Fills))
	}
	chosen := map[int]bool{}
	for _, n := range wanted {
		chosen[n] = true
	}
	for _, as := range s.Intake.Ways(r.viewer) {
		v.Ways = append(v.Ways, part.Option{Value: string(as), Label: r.T("import.as." + string(as)), Checked: len(v.Ways) == 0})
	}
	at, _ := strconv.Atoi(r.query.Get("page"))
	if show == broken {
		v.Pages, at = r.importPages(len(w.Broken), at, show)
		for _, b := range w.Broken[at*rowsOfImport : min(len(w.Broken), (at+1)*rowsOfImport)] {
			v.Broken = append(v.Broken, page.BrokenEntry{Where: r.T("import.line", "n", strconv.Itoa(b.Line)), Text: b.Text, Mend: r.T("import.broken." + b.Reason)})
		}
		return nil
	}
	v.Pages, at = r.importPages(counts[show], at, show)
	first, n := at*rowsOfImport, 0
	var numbers []int
	for number, e := range w.Entries {
		if e.Is != show {
			continue
		}
		if n++; n <= first || n > first+rowsOfImport {
			continue
		}
		row := r.importRow(e)
		row.N, row.Chosen = strconv.Itoa(number), chosen[number]
		v.Rows, numbers = append(v.Rows, row), append(numbers, number)
	}
	v.Show, v.At = string(show), strconv.Itoa(at)
	offers, err := s.Intake.Offers(ctx, r.viewer, i, w, numbers)
	for at, number := range numbers {
		if o, is := offers[number]; is {
			v.Rows[at].Differences = r.offered(i, number, o)
		}
	}
	return err
}

// offered are the answers of an entry that may be taken over, beside what is
// there.
func (r *request) offered(i *intake.Import, n int, o intake.Offer) []page.Beside {
	var all []page.Beside
	for _, d := range o.Answers {
		all = append(all, page.Beside{
			Ask: d.Question.Ask.In(r.Lang), Was: r.answerLines(o.Now, d.Question, d.Was), Is: r.answerLines(o.Now, d.Question, d.Is),
			Take: strconv.Itoa(n) + " " + d.Question.Code, Saw: question.Mark(d.Was), Taken: i.Takes(n, d.Question.Code),
		})
	}
	return all
}

// takenOver are the answers of a page that are to be taken over: the marks of
// those that were shown beside, by number of the entry and code.
func (r *request) takenOver() map[int]map[string]string {
	saw := map[string]string{}
	for _, x := range r.typedAll("saw") {
		if at := strings.LastIndexByte(x, ' '); at > 0 {
			saw[x[:at]] = x[at+1:]
		}
	}
	all := map[int]map[string]string{}
	for _, x := range r.typedAll("take") {
		n, code, _ := strings.Cut(x, " ")
		if all[numberOf(n)] == nil {
			all[numberOf(n)] = map[string]string{}
		}
		all[numberOf(n)][code] = saw[x]
	}
	return all
}

// broken is the kind of what could not be read.
const broken intake.Kind = "broken"

// importPages are links to the pages of a list, and the one that is shown.
func (r *request) importPages(n, at int, show intake.Kind) (links []page.ImportTab, now int) {
	last := max((n-1)/rowsOfImport, 0)
	now = min(max(at, 0), last)
	if last == 0 {
		return nil, now
	}
	for i := range last + 1 {
		if i == 0 || i == last || i >= now-2 && i <= now+2 {
			links = append(links, page.ImportTab{Link: layout.Link{Href: "?show=" + string(show) + "&page=" + strconv.Itoa(i), Text: r.Number(i + 1)}, Current: i == now})
		}
	}
	return links, now
}

func (r *request) importRow(e intake.Row) page.EntryRow {
	row := page.EntryRow{Title: e.Title, Where: r.T("import.line", "n", strconv.Itoa(e.Line))}
	var who []string
	for _, a := range e.Authors[:min(len(e.Authors), 3)] {
		who = append(who, strings.TrimSpace(a.Given+" "+a.Family+a.Literal))
	}
	if len(e.Authors) > 3 {
		who = append(who, "…")
	}
	row.Meta = r.joined(strings.Join(who, ", "), r.Date(e.Date), e.Symbol)
	if e.There != nil {
		row.There = r.tableLink(e.There)
		row.There.Text = e.There.In(r.Lang).Title
	}
	if e.Repeats > 0 {
		row.Repeats = r.T("import.repeats", "n", strconv.Itoa(e.Repeats))
	}
	for _, d := range e.Differences {
		row.Differences = append(row.Differences, page.Beside{Ask: d.Question.Ask.In(r.Lang), Was: r.answerLines(e.There, d.Question, d.Was), Is: r.answerLines(e.There, d.Question, d.Is)})
	}
	return row
}

// onePage shows what was read of one publication, for confirmation.
func (s *Site) onePage(ctx context.Context, r *request, i *intake.Import, w *intake.Weighed, one *hub.Record, wrong map[string]string) error {
	v := page.OneView{
		Base: r.base(r.T("import.one"), "", r.crumb("/contribute", "contribute.title"), r.crumb(importPath, "import.title")),
		Name: r.importName(i), Changed: wrong["changed"] != "", PDF: i.PDF != nil,
	}
	v.Private, v.Members = true, true
	if e := w.Entries[0]; e.There != nil {
		v.There = r.tableLink(e.There)
		v.There.Text = e.There.In(r.Lang).Title
	}
	guessed := []string{"availability"} // no citation says so
	if i.PDF != nil {
		guessed, v.Unread = append(guessed, i.PDF.Guessed...), i.PDF.Unread
	}
	now, err := s.intoDraft(ctx, r, i)
	if err != nil {
		return err
	}
	if v.Into = now != nil; !v.Into {
		title := part.Field{Name: "title", Label: r.T("import.one.title"), Value: one.Versions[0].Title, Most: hub.MaxTitle, Error: wrong["title"]}
		if slices.Contains(guessed, "title") {
			title.Hint = r.T("import.guess")
		}
		v.Fields = []part.Field{title, {Name: "lang", Label: r.T("contribute.new.lang"), Type: "select", Options: r.languages(), Value: string(one.Original)}}
	}
	for _, q := range s.Writing.SetOf(one).All() {
		is := q.Tidy(q.Get(one, one.Original))
		if is == nil || q.At == "title" && now == nil {
			continue
		}
		row := page.ReadAnswer{Code: q.Code, Ask: q.Ask.In(r.Lang), Is: r.answerLines(one, q, is), Guess: slices.Contains(guessed, q.Code), Fixed: q.Required && now == nil}
		if now != nil {
			was := q.Get(now, now.Original)
			if string(q.Tidy(was)) == string(is) {
				continue
			}
			row.Was, row.Seen, row.Keep = r.answerLines(now, q, was), question.Mark(q.Tidy(was)), was != nil
		}
		v.Answers = append(v.Answers, row)
	}
	return r.render(ctx, page.OnePage(v))
}

// intoDraft is the draft that an import is to fill; nil for none.
func (s *Site) intoDraft(ctx context.Context, r *request, i *intake.Import) (*hub.Record, error) {
	if i.Into == "" {
		return nil, nil
	}
	rec, err := s.Records.Load(ctx, r.viewer, i.Into)
	if err != nil {
		return nil, err
	}
	if !s.Records.Rights(r.viewer, rec).Writes || rec.Bare {
		return nil, hub.ErrNotFound
	}
	return rec, nil
}

// actOnImport does what the page of an import offers.
func (s *Site) actOnImport(ctx context.Context, r *request) error {
	if err := r.importer(); err != nil {
		return err
	}
	id := r.c.Params("import")
	var err error
	switch r.typed("act") {
	case "begin":
		return s.beginOne(ctx, r, id)
	case "fill":
		return s.fillOne(ctx, r, id)
	case "forget":
		if err := s.Intake.Forget(ctx, r.viewer, id); err != nil {
			return err
		}
		return r.done(importPath, "import.forgotten")
	case "choose", "apply":
		shown := numbers(r.typedAll("shown"))
		if _, err = s.Intake.Choose(ctx, r.viewer, id, shown, numbers(r.typedAll("choose"))); err == nil {
			_, err = s.Intake.TakeOver(ctx, r.viewer, id, shown, r.takenOver())
		}
		if err == nil && r.typed("act") == "apply" {
			_, err = s.Intake.Apply(ctx, r.viewer, id, hub.Status(r.typed("as")))
		}
	case "undo":
		_, err = s.Intake.Undo(ctx, r.viewer, id)
	default:
		return hub.ErrNotFound
	}
	if errors.Is(err, intake.ErrWeighing) { // nothing was done: the page says so
		return r.c.Redirect(r.href(importPath+"/"+id), fiber.StatusSeeOther)
	}
	var invalid *hub.Invalid
	if errors.As(err, &invalid) && invalid.Field != "entry" {
		if invalid.Field == "fill" {
			r.query.Set("show", string(intake.Different))
		}
		return s.importPage(ctx, r, map[string]string{"wanted": r.T("import.wrong.wanted."+invalid.Reason, "limit", strconv.Itoa(invalid.Limit))})
	}
	if err != nil {
		return err
	}
	at := importPath + "/" + id
	if r.typed("act") == "choose" {
		at += "?show=" + string(intake.Kind(r.typed("show"))) + "&page=" + strconv.Itoa(max(numberOf(r.typed("go")), 0))
		return r.c.Redirect(r.href(at), fiber.StatusSeeOther)
	}
	return r.c.Redirect(r.href(at), fiber.StatusSeeOther)
}

func numberOf(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func numbers(all []string) []int {
	var ns []int
	for _, s := range all {
		ns = append(ns, numberOf(s))
	}
	return ns
}

// beginOne makes a draft of the only publication that was brought.
func (s *Site) beginOne(ctx context.Context, r *request, id string) error {
	i, err := s.Intake.Load(ctx, r.viewer, id)
	if err != nil {
		return err
	}
	rec, err := s.Intake.Begin(ctx, r.viewer, id, intake.Confirmed{Title: r.typed("title"), Lang: hub.Lang(r.typed("lang")), Without: r.unwanted()})
	if wrong := r.wrong(err); wrong != nil {
		return s.importPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	if err := s.attachPDF(ctx, r, i, rec); err != nil {
		return err
	}
	return r.done(contributionPath(rec), "import.begun")
}

// unwanted are the codes of the questions shown whose answers were not chosen.
func (r *request) unwanted() []string {
	chosen := r.typedAll("choose")
	var all []string
	for _, code := range r.typedAll("shown") {
		if !slices.Contains(chosen, code) {
			all = append(all, code)
		}
	}
	return all
}

// attachPDF keeps the PDF that was brought with its record, once.
func (s *Site) attachPDF(ctx context.Context, r *request, i *intake.Import, rec *hub.Record) error {
	if i.Format != intake.PDF || len(rec.Attachments) > 0 {
		return nil
	}
	f, err := s.Intake.File(ctx, r.viewer, i.ID)
	if err != nil {
		return err
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), attachWithin)
	defer cancel()
	name := i.Name
	if !strings.HasSuffix(strings.ToLower(name), ".pdf") {
		name += ".pdf"
	}
	_, err = s.Files.Attach(ctx, r.viewer, rec, name, rec.Original, f)
	if errors.Is(err, hub.ErrConflict) { // the same was asked twice
		return nil
	}
	return err
}

// fillOne puts what was chosen into a draft.
func (s *Site) fillOne(ctx context.Context, r *request, id string) error {
	i, err := s.Intake.Load(ctx, r.viewer, id)
	if err != nil {
		return err
	}
	w, err := s.Intake.Weigh(ctx, r.viewer, id)
	if errors.Is(err, intake.ErrWeighing) {
		return r.c.Redirect(r.href(importPath+"/"+id), fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	one := s.Intake.One(i, w)
	now, err := s.intoDraft(ctx, r, i)
	if err != nil || one == nil || now == nil {
		return errors.Join(err, hub.ErrNotFound)
	}
	var given []contribute.Given
	for _, q := range s.Writing.SetOf(now).All() {
		if a := q.Tidy(q.Get(one, one.Original)); a != nil && slices.Contains(r.typedAll("choose"), q.Code) {
			given = append(given, contribute.Given{Question: q.Code, Answer: a, Seen: r.typed("seen." + q.Code), Closed: q.Closed(now)})
		}
	}
	rec, _, err := s.Writing.AnswerWhole(ctx, r.viewer, now.ID, now.Original, given)
	if errors.Is(err, hub.ErrConflict) || err == nil && rec == nil {
		r.c.Status(fiber.StatusConflict)
		return s.importPage(ctx, r, map[string]string{"changed": "changed"})
	}
	if err != nil {
		return err
	}
	if err := s.attachPDF(ctx, r, i, rec); err != nil {
		return err
	}
	return r.done(contributionPath(rec), "import.filled")
}

// fillHref is where a draft of a publication is filled with what is brought;
// empty for others.
func (r *request) fillHref(rec *hub.Record) string {
	if rec.Kind != hub.Publication || !r.site.Intake.Allows(r.viewer) {
		return ""
	}
	return r.href(importPath + "?into=" + rec.ID)
}
