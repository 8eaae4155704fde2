package site

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mechanism"
	"nmirfhub/internal/people"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	"nmirfhub/web/page/home"
	page "nmirfhub/web/page/mechanism"
)

func (s *Site) mechanismRoutes(pages fiber.Router) {
	s.get(pages, "/mechanisms", s.mechanismList)
	pages.Get("/mechanisms/go", s.serve(s.mechanismGo))
	s.get(pages, "/mechanisms/compare", s.mechanismCompare)
	s.get(pages, "/mechanisms/:iso3", s.mechanismProfile)
}

// stateHref leads to the profile of a State, described or not.
func (r *request) stateHref(c hub.State) string {
	return r.href("/mechanisms/" + strings.ToLower(string(c)))
}

// mechanismGo leads from the select of the map to the profile chosen.
func (s *Site) mechanismGo(_ context.Context, r *request) error {
	c, err := s.knownState(r.query.Get("s"))
	if err != nil {
		return err
	}
	return r.c.Redirect(r.stateHref(c), fiber.StatusSeeOther)
}

// knownState is a State of the table. hub.Invalid with the field "state".
func (s *Site) knownState(code string) (hub.State, error) {
	c, err := hub.ParseState(code)
	if err != nil {
		return "", err
	}
	if _, known := s.Vocabulary.State(c); !known {
		return "", &hub.Invalid{Field: "state", Reason: hub.ReasonUnknown, Value: code}
	}
	return c, nil
}

func (s *Site) mechanismList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{
		kind: hub.Mechanism, path: "/mechanisms", order: record.ByState,
		facets: []listFacet{
			{facet: record.FacetType, key: "mechanism.facet.type", vocabulary: "mechanism-type"},
			{facet: record.FacetHost, key: "mechanism.facet.host", vocabulary: "host"},
			{facet: record.FacetRegion, key: "mechanism.facet.region", vocabulary: "region"},
		},
	})
	if err != nil {
		return err
	}
	v := page.ListView{
		Base: r.base(r.T("mechanism.title"), "mechanisms"), States: r.stateOptions(),
		Filter: list.filter, Chips: list.chips, Search: list.keep, Words: list.words,
		Total: r.N("mechanism.total", list.total), Pager: list.pager,
	}
	v.Description = r.T("mechanism.description")
	if err := s.tileMap(r, "", &v.Map, &v.Legend, &v.Table); err != nil {
		return err
	}
	for _, h := range list.heads {
		t := h.In(r.Lang)
		row := page.Row{
			Link: layout.Link{Href: r.stateHref(h.Mechanism), Text: s.Vocabulary.StateName(h.Mechanism, r.Lang)},
			Name: t.Title, Summary: t.Summary, Type: s.Vocabulary.Label("mechanism-type", h.Value(record.FacetType), r.Lang),
		}
		row.Lang, row.Dir = langDir(t.Lang)
		if host := h.Value(record.FacetHost); host != "" {
			row.Host = s.Vocabulary.Label("host", host, r.Lang)
		}
		v.Rows = append(v.Rows, row)
	}
	return r.render(ctx, page.ListPage(v))
}

func (s *Site) mechanismProfile(ctx context.Context, r *request) error {
	c, err := s.knownState(r.c.Params("iso3"))
	if err != nil {
		return hub.ErrNotFound
	}
	if r.c.Params("iso3") != strings.ToLower(string(c)) {
		return r.c.Redirect(r.stateHref(c), fiber.StatusMovedPermanently)
	}
	rec, err := s.profile(ctx, r, c)
	if err != nil {
		return err
	}
	if rec == nil { // the State has its page all the same
		var gone *hub.Gone
		if _, err := r.find(ctx, hub.Mechanism, strings.ToLower(string(c))); errors.As(err, &gone) {
			r.notice = r.gone(gone.At, gone.Archived)
		}
	}
	return s.profilePage(ctx, r, c, rec)
}

// profilePage shows the profile of a State; rec is nil where there is none.
func (s *Site) profilePage(ctx context.Context, r *request, c hub.State, rec *hub.Record) error {
	name := s.Vocabulary.StateName(c, r.Lang)
	v := page.ProfileView{
		Base: r.base(name, "mechanisms", r.crumb("/mechanisms", "door.mechanisms")), State: name,
		CompareURL: r.href("/mechanisms/compare?first=" + string(c)), StateFacts: r.stateFacts(c),
		Printed: r.T("mechanism.printed", "day", r.Day(s.Now())), Lede: r.T("mechanism.none.lede"),
	}
	if s.People.SeesSeats(r.viewer, c) {
		v.Seats = r.href(people.SeatsPath(c))
	}
	v.LedeLang, v.LedeDir = langDir(r.Lang)
	if rec != nil {
		if err := r.describe(&v, rec); err != nil {
			return err
		}
	}
	v.Description = v.Lede
	return r.render(ctx, page.ProfilePage(v))
}

// profile is the record of a State's mechanism; nil when there is none that
// the viewer may read.
func (s *Site) profile(ctx context.Context, r *request, c hub.State) (*hub.Record, error) {
	if len(s.Records.Heads(r.viewer, hub.Mechanism, strings.ToLower(string(c)))) == 0 {
		return nil, nil
	}
	return s.Records.Find(ctx, r.viewer, hub.Mechanism, strings.ToLower(string(c)))
}

func (r *request) stateFacts(c hub.State) []page.Fact {
	voc := r.site.Vocabulary
	facts := []page.Fact{{Label: r.T("state.code"), Values: []string{string(c)}}}
	if formal := voc.FormalName(c, r.Lang); formal != "" {
		facts = append([]page.Fact{{Label: r.T("state.formal"), Values: []string{formal}}}, facts...)
	}
	if region := voc.Region(c); region != "" {
		facts = append(facts, page.Fact{Label: r.T("state.region"), Values: []string{voc.Label("region", region, r.Lang)}})
	}
	return facts
}

// profileReader says the facts of one profile in the reader's language.
type profileReader struct {
	*request
	rec  *hub.Record
	body mechanism.Profile
	text mechanism.Text
	lang hub.Lang // of the text
}

func (r *request) readProfile(rec *hub.Record) (profileReader, error) {
	body, err := record.Decode[mechanism.Profile](rec.Body)
	if err != nil {
		return profileReader{}, err
	}
	v := rec.In(r.Lang)
	if len(v.Text) == 0 {
		v = rec.In(rec.Original)
	}
	text, err := record.Decode[mechanism.Text](v.Text)
	return profileReader{request: r, rec: rec, body: body, text: text, lang: v.Lang}, err
}

func (r *request) describe(v *page.ProfileView, rec *hub.Record) error {
	p, err := r.readProfile(rec)
	if err != nil {
		return err
	}
	t := rec.In(r.Lang)
	v.Described = true
	v.Lede = t.Summary
	if v.Lede == "" {
		v.Lede = t.Title
	}
	v.LedeLang, v.LedeDir = langDir(t.Lang)
	v.Translated, v.More = r.translated(rec), r.more(rec)
	v.Confirmed, v.Stale = r.T("mechanism.unconfirmed"), true
	if !rec.Confirmed.IsZero() {
		v.Confirmed, v.Stale = r.T("mechanism.confirmed", "day", r.Day(rec.Confirmed)), false
	}
	if p.lang != r.Lang {
		v.Foreign = r.T("mechanism.foreign", "lang", r.T("language."+string(p.lang)))
	}
	v.Figures = p.figures()
	v.Structure = p.structure()
	v.Facts, v.Mandate, v.Heard = p.who(), p.mandate(), p.heard()
	v.Strengths, v.Challenges = p.said("", p.text.Strengths...), p.said("", p.text.Challenges...)
	for _, m := range p.text.Milestones {
		n := home.News{Link: layout.Link{Text: m.Event}, Date: m.Date, Day: r.Date(m.Date)}
		n.Lang, n.Dir = langDir(p.lang)
		v.Milestones = append(v.Milestones, n)
	}
	v.Practices = r.practicesOf(rec.Mechanism)
	for _, s := range p.body.Statements {
		v.Statements = append(v.Statements, p.statement(s))
	}
	v.Sources = sourceLines(rec.Sources)
	return nil
}

func (r *request) practicesOf(c hub.State) []layout.Link {
	l, err := r.site.Records.List(r.viewer, record.Query{
		Kind: hub.Practice, Filter: map[record.Facet][]string{record.FacetState: {string(c)}}, Order: record.ByTitle, Lang: r.Lang, Limit: record.MaxPage,
	})
	if err != nil {
		return nil
	}
	var links []layout.Link
	for _, h := range l.Heads {
		links = append(links, r.link(h))
	}
	return links
}

// said is a fact in the language of the text; empty values are left out.
func (p profileReader) said(key string, values ...string) page.Fact {
	f := page.Fact{Values: slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })}
	if key != "" {
		f.Label = p.T("mechanism.f." + key)
	}
	f.Lang, f.Dir = langDir(p.lang)
	return f
}

// coded is a fact in the reader's language.
func (p profileReader) coded(key string, values ...string) page.Fact {
	f := p.said(key, values...)
	f.Lang, f.Dir = langDir(p.Lang)
	return f
}

func (p profileReader) label(list, code string) string {
	if code == "" {
		return ""
	}
	return p.site.Vocabulary.Label(list, code, p.Lang)
}

func (p profileReader) figures() []page.Figure {
	var all []page.Figure
	add := func(key, value string) {
		all = append(all, page.Figure{Value: value, Label: p.T("mechanism.fig." + key)})
	}
	if len(p.body.Established) >= 4 {
		add("established", p.body.Established[:4])
	}
	for _, n := range []struct {
		key   string
		value int
	}{{"members", p.body.Members}, {"secretariat", p.body.Secretariat}, {"focal", p.body.FocalNational + p.body.FocalLocal}} {
		if n.value > 0 {
			add(n.key, p.Number(n.value))
		}
	}
	return all
}

// structure is how the mechanism is built, as far as it is described: who
// chairs, the body, and what works for it. Nothing when fewer than two parts
// are known.
func (p profileReader) structure() page.Structure {
	t := p.rec.In(p.Lang)
	var s page.Structure
	s.Body = page.Box{Head: t.Title}
	s.Body.Lang, s.Body.Dir = langDir(t.Lang)
	if p.body.Members > 0 {
		s.Body.Lines = append(s.Body.Lines, p.N("mechanism.organ.members", p.body.Members))
	}
	lang, dir := langDir(p.lang)
	if p.text.Chair != "" {
		s.Chair = page.Box{Head: p.T("mechanism.f.chair"), Text: p.text.Chair, Lang: lang, Dir: dir}
	}
	below := func(key string, text string, lines ...string) {
		if text != "" || len(lines) > 0 {
			s.Below = append(s.Below, page.Box{Head: p.T("mechanism.f." + key), Text: text, Lang: lang, Dir: dir, Lines: lines})
		}
	}
	var staff []string
	if p.body.Secretariat > 0 {
		staff = []string{p.N("mechanism.organ.staff", p.body.Secretariat)}
	}
	below("secretariat", p.text.Secretariat, staff...)
	below("focal", "", p.focalCounts()...)
	if s.Chair.Text == "" && len(s.Below) < 2 || len(s.Below) == 0 {
		return page.Structure{}
	}
	return s
}

func (p profileReader) who() []page.Fact {
	name := p.coded("name", p.rec.In(p.Lang).Title)
	name.Lang, name.Dir = langDir(p.rec.In(p.Lang).Lang)
	facts := []page.Fact{name}
	if len(p.body.Names) > 0 {
		for _, n := range p.body.Names {
			f := page.Fact{Label: p.T("mechanism.f.names"), Values: []string{n.Name}, Lang: string(n.Lang), Dir: n.Lang.Dir()}
			facts = append(facts, f)
		}
	}
	if p.body.Acronym != "" {
		facts = append(facts, p.coded("acronym", p.body.Acronym))
	}
	return append(facts,
		p.coded("type", p.label("mechanism-type", p.body.Type)),
		p.coded("established", p.Date(p.body.Established)),
		p.coded("legal", p.legal()...),
		p.said("host", p.host()),
		p.said("chair", p.text.Chair),
		p.said("secretariat", p.text.Secretariat),
		p.said("members", p.members()...),
		p.said("focal", p.focal()...),
		p.said("meetings", p.text.Meetings),
	)
}

func (p profileReader) host() string {
	if p.text.Host != "" {
		return p.text.Host
	}
	return p.label("host", p.body.Host)
}

func (p profileReader) legal() []string {
	var all []string
	for _, l := range p.body.LegalBasis {
		s := l.Reference
		if s == "" && l.Kind != "unknown" {
			s = p.label("legal-basis", l.Kind)
		}
		if s != "" && l.Date != "" && !strings.Contains(s, l.Date[:min(4, len(l.Date))]) {
			s = p.T("mechanism.legal.dated", "text", isolated(s), "date", p.Date(l.Date))
		}
		all = append(all, s)
	}
	return all
}

// isolated keeps words of another script in one piece in a line of the
// reader's: Unicode Standard Annex 9, first strong isolate.
func isolated(s string) string { return "\u2068" + s + "\u2069" }

func (p profileReader) members() []string {
	var all []string
	if p.body.Members > 0 && p.text.MembersUnit != "" {
		all = append(all, p.T("mechanism.members.n", "n", p.Number(p.body.Members), "unit", p.text.MembersUnit))
	} else if p.body.Members > 0 {
		all = append(all, strconv.Itoa(p.body.Members))
	}
	return append(append(all, p.text.Members...), p.text.MembersNote)
}

func (p profileReader) focal() []string { return append(p.focalCounts(), p.text.FocalNote) }

func (p profileReader) focalCounts() []string {
	var all []string
	for key, n := range map[string]int{"national": p.body.FocalNational, "local": p.body.FocalLocal, "each": p.body.FocalPerMinistry} {
		if n > 0 {
			all = append(all, p.N("mechanism.focal."+key, n))
		}
	}
	slices.Sort(all)
	return all
}

func (p profileReader) mandate() []page.Fact {
	system := p.coded("system", p.body.SystemName, p.text.SystemNote)
	if heads := p.site.Records.Heads(p.viewer, hub.System, p.body.SystemSlug); len(heads) == 1 {
		system = page.Fact{Label: p.T("mechanism.f.system"), Link: p.link(heads[0])}
	}
	facts := []page.Fact{
		p.said("functions", p.text.Functions...),
		p.coded("covers", p.covers()...),
		p.said("plan", p.text.ActionPlan),
		system,
	}
	var networks []string
	for _, n := range p.body.Networks {
		networks = append(networks, n.Network)
	}
	if len(networks) > 0 {
		facts = append(facts, p.said("networks", networks...))
	}
	if len(p.text.Related) > 0 {
		facts = append(facts, p.said("related", p.text.Related...))
	}
	return facts
}

func (p profileReader) covers() []string {
	var all []string
	c := p.body.Covers
	for _, x := range []struct {
		key string
		yes *bool
	}{{"upr", c.UPR}, {"tb", c.TreatyBodies}, {"sp", c.SpecialProcedures}, {"comm", c.Communications}} {
		if x.yes != nil && *x.yes {
			all = append(all, p.T("mechanism.covers."+x.key))
		}
	}
	return append(all, c.Regional)
}

func (p profileReader) heard() []page.Fact {
	return []page.Fact{
		p.said("nhri", p.text.NHRI), p.said("cso", p.text.CivilSociety), p.said("parliament", p.text.Parliament),
		p.said("judiciary", p.text.Judiciary), p.said("statistics", p.text.Statistics), p.said("local", p.text.LocalAuthorities),
		p.said("others", p.text.OthersHeard),
	}
}

// statement is what one further source says.
func (p profileReader) statement(s mechanism.Statement) page.Statement {
	v := page.Statement{Source: layout.Link{Href: s.URL, Text: cmp.Or(s.Source, hostOf(s.URL))}, Caveat: s.Caveat}
	if s.AsOf != "" {
		v.When = p.T("mechanism.asof", "date", p.Date(s.AsOf))
	}
	add := func(key, value string) {
		if value != "" {
			f := page.Fact{Label: p.T("mechanism.f." + key), Values: []string{value}, Lang: "en", Dir: "ltr"}
			v.Facts = append(v.Facts, f)
		}
	}
	add("name", s.Name)
	if s.NameOriginal != "" {
		v.Facts = append(v.Facts, page.Fact{Label: p.T("mechanism.f.names"), Values: []string{s.NameOriginal}, Dir: "auto"})
	}
	if s.Type != "" && s.Type != "unknown" {
		v.Facts = append(v.Facts, p.coded("type", p.label("mechanism-type", s.Type)))
	}
	add("wording", s.TypeWording)
	add("legal", s.LegalBasis)
	add("established", s.Established)
	add("host", s.Host)
	add("chair", s.Chair)
	add("tool", s.Tool)
	var fields []string
	for _, f := range s.Differs {
		fields = append(fields, p.T("mechanism.f."+f))
	}
	if len(fields) > 0 {
		v.Differs = p.T("mechanism.differs", "fields", p.List(fields))
	}
	return v
}

// hostOf is the site of an address, as a reader names it.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.TrimPrefix(host, "www.")
}
