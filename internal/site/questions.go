package site

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/trial"
	"nmirfhub/web/layout"
	"nmirfhub/web/page/contribute"
	page "nmirfhub/web/page/moderation"
	"nmirfhub/web/part"
)

// questionsPath is where moderators see who is asked what.
const questionsPath = "/moderation/questions"

func (s *Site) questionsRoutes(pages fiber.Router) {
	pages.Get(questionsPath, s.serve(s.questions))
	s.bringRoutes(pages)
	pages.Get(questionsPath+"/:kind/:version", s.serve(s.questionVersion))
	pages.Post(questionsPath+"/:kind/:version", s.serve(s.standVersion))
}

// questions is the versions of all questionnaires.
func (s *Site) questions(ctx context.Context, r *request) error {
	all, err := s.Trials.Versions(ctx, r.viewer)
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	v := page.QuestionsView{Base: r.base(r.T("questions.title"), ""), Tabs: r.tabs(questionsPath, nil), Done: r.didSay(), Bring: layout.Link{Href: r.href(bringPath), Text: r.T("bring.title")}}
	v.Private, v.Members = true, true
	for _, x := range all {
		v.Versions = append(v.Versions, page.VersionRow{
			Link: layout.Link{Href: r.href(versionPath(x)), Text: r.versionName(x)}, Stands: r.stands(x), Warn: x.Standing == question.Test,
		})
	}
	return r.render(ctx, page.QuestionsPage(v))
}

func versionPath(x trial.Version) string { return questionsPath + "/" + x.Name() }

func (r *request) versionName(x trial.Version) string { return r.setName(x.Set) }

func (r *request) setName(x *question.Set) string {
	return r.T("questions.name", "kind", r.T("kind."+string(x.Kind)), "n", r.Number(x.Version))
}

// wordsOf is the key of words about records, or of those about entries of
// experts.
func wordsOf(x *question.Set, records, entries string) string {
	if x.Kind == hub.Expert {
		return entries
	}
	return records
}

// stands says who is asked a version.
func (r *request) stands(x trial.Version) string {
	var names []string
	for _, m := range x.Mechanisms {
		names = append(names, r.site.Vocabulary.StateName(m, r.Lang))
	}
	return r.T("questions.stands."+string(x.Standing), "who", r.List(names))
}

// questionVersion is a version with what became of its questions.
func (s *Site) questionVersion(ctx context.Context, r *request) error {
	return s.versionPage(ctx, r, "", nil)
}

// versionNamed is the version that the address names.
func (s *Site) versionNamed(ctx context.Context, r *request) (trial.Version, error) {
	return s.Trials.Version(ctx, r.viewer, r.c.Params("kind")+"/"+r.c.Params("version"))
}

func (s *Site) versionPage(ctx context.Context, r *request, problem string, wrong map[string]string) error {
	x, err := s.versionNamed(ctx, r)
	if err != nil {
		return err
	}
	figures, err := s.Trials.Figures(ctx, r.viewer, x.Set)
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	v := page.VersionView{
		Base: r.base(r.versionName(x), "", r.crumb(questionsPath, "questions.title")), Tabs: r.tabs(questionsPath, nil), Done: r.didSay(), Problem: problem,
		Stands: r.stands(x), Decides: !x.First, Rev: strconv.FormatInt(x.Rev, 10), Open: x.Standing == question.Open,
		Dropped: x.Standing == question.Dropped || x.Standing == question.Dormant, Records: r.N(wordsOf(x.Set, "questions.records", "questions.records.expert"), figures.Records),
		Tests: part.Field{Label: r.T("questions.mechanisms"), Hint: r.T("questions.mechanisms.hint", "n", r.Number(trial.Least)), Error: wrong["mechanisms"]},
	}
	v.What, v.How = r.T(wordsOf(x.Set, "questions.decide.what", "questions.decide.what.expert")), r.T(wordsOf(x.Set, "questions.how", "questions.how.expert"))
	v.Private, v.Members = true, true
	if !x.At.IsZero() {
		v.Since = r.T("questions.since", "when", r.moment(x.At))
	}
	if !figures.Shown {
		v.Few = r.T("questions.few", "n", r.Number(trial.Least))
	}
	chosen := x.Mechanisms
	if wrong != nil {
		chosen = r.mechanismsTyped()
	}
	for _, o := range r.states("")[1:] {
		o.Checked = slices.Contains(chosen, hub.State(o.Value))
		v.Tests.Options = append(v.Tests.Options, o)
	}
	v.Text = r.href(versionPath(x) + "/yaml")
	if was := s.Trials.Sets.Named(string(x.Kind) + "/" + strconv.Itoa(x.Set.Version-1)); was != nil {
		v.Against, v.Differences = r.T("bring.against", "n", r.Number(was.Version)), r.differences(was, x.Set)
	}
	for _, f := range figures.Of {
		v.Rows = append(v.Rows, r.questionRow(f, figures.Shown))
	}
	return r.render(ctx, page.VersionPage(v))
}

// questionRow is a question in figures and in what people say of it.
func (r *request) questionRow(f trial.Figure, shown bool) page.QuestionRow {
	none := r.T("figures.none")
	x := page.QuestionRow{Ask: f.Ask.In(r.Lang), Asked: none, Skipped: none, Brief: none, Unclear: r.Number(len(f.Unclear))}
	if shown && f.Asked > 0 {
		x.Asked, x.Skipped = r.Number(f.Asked), r.Number(f.Skipped)
		if f.Worded {
			x.Brief = r.Number(f.Brief)
		}
	}
	for _, flag := range f.Unclear {
		if flag.Words != "" {
			x.Words = append(x.Words, flag.Words)
		}
	}
	return x
}

func (r *request) mechanismsTyped() []hub.State {
	var all []hub.State
	for _, m := range r.typedAll("mechanisms") {
		all = append(all, hub.State(m))
	}
	return all
}

// standVersion decides who is asked a version.
func (s *Site) standVersion(ctx context.Context, r *request) error {
	x, err := s.versionNamed(ctx, r)
	if err != nil {
		return err
	}
	rev, _ := strconv.ParseInt(r.typed("rev"), 10, 64)
	stands := question.Stands{Standing: question.Standing(r.typed("standing")), Mechanisms: r.mechanismsTyped()}
	err = s.Trials.Stand(ctx, r.viewer, x.Name(), rev, stands)
	if wrong := r.wrong(err); wrong != nil {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.versionPage(ctx, r, r.T("questions.wrong"), wrong)
	}
	if errors.Is(err, hub.ErrConflict) {
		r.c.Status(fiber.StatusConflict)
		return s.versionPage(ctx, r, r.T("questions.changed"), nil)
	}
	if err != nil {
		return err
	}
	return r.done(versionPath(x), "questions."+string(stands.Standing))
}

// flagged keeps which questions of a part are unclear to who answers them. It
// gives what is wrong, by field.
func (s *Site) flagged(ctx context.Context, r *request, rec *hub.Record, x *question.Section) (map[string]string, error) {
	said, err := s.Trials.Own(ctx, r.viewer, rec)
	if err != nil {
		return nil, err
	}
	var errs []error
	for i := range x.Questions {
		code := x.Questions[i].Code
		words := r.typedAll(unclearField(code))
		if len(words) == 0 { // the form did not ask
			continue
		}
		unclear := words[0] != "" || r.typed(unclearField(code)+".yes") == "1"
		if was, there := said[code]; there == unclear && was.Words == words[0] {
			continue
		}
		err := s.Trials.Say(ctx, r.viewer, rec, trial.Flag{Question: code, Words: words[0], Lang: r.Lang}, unclear)
		var invalid *hub.Invalid
		if err != nil && !errors.As(err, &invalid) {
			return nil, err
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return r.wrong(errors.Join(errs...)), nil
}

// unclearField is the field for what is unclear in a question.
func unclearField(code string) string { return "unclear." + code }

// askUnclear has a question ask whether it is unclear itself.
func (r *request) askUnclear(a *contribute.Asked, code string, said map[string]trial.Flag, wrong map[string]string) {
	a.Unclear = r.unclear(code, said, wrong)
	_, a.IsUnclear = said[code]
	a.IsUnclear = a.IsUnclear || r.typed(a.Unclear.Name+".yes") == "1"
}

// unclear asks what is unclear in a question, with what the reader said before.
func (r *request) unclear(code string, said map[string]trial.Flag, wrong map[string]string) part.Field {
	f := part.Field{
		Name: unclearField(code), Label: r.T("unclear.words"), Hint: r.T("unclear.hint"), Most: trial.MostWords, Optional: true,
		Value: said[code].Words, Error: wrong[unclearField(code)],
	}
	if typed := r.typedAll(f.Name); r.c.Method() == fiber.MethodPost && len(typed) > 0 {
		f.Value = typed[0]
	}
	return f
}
