// Package seeding turns the shipped content into records: files of records by
// kind, with translations beside them. A record that is broken is named by
// file, line and field, and the rest comes in.
package seeding

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/event"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/library"
	"nmirfhub/internal/mechanism"
	"nmirfhub/internal/network"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/internal/system"
	"nmirfhub/internal/toolkit"
	"nmirfhub/internal/vocabulary"
)

// MaxFile is the greatest size of a content file in bytes.
const MaxFile = 32 << 20

// Problem is a record, or a whole file, that cannot be brought in.
type Problem struct {
	File   string
	Line   int    // 1 is the first; 0 when the file as a whole is meant
	Record string // slug, where it could be read
	Field  string // path of the field, where one is meant
	Say    string // what is wrong and what to do
}

func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Record != "" {
		s += ": " + p.Record
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	return s + ": " + p.Say
}

// entry is a record as a content file writes it.
type entry struct {
	Slug      string               `yaml:"slug"`
	Tier      hub.Tier             `yaml:"tier"` // public when empty
	Mechanism hub.State            `yaml:"mechanism"`
	States    []hub.State          `yaml:"states"`
	Themes    []string             `yaml:"themes"`
	Date      string               `yaml:"date"`
	Original  hub.Lang             `yaml:"original"` // English when empty
	Body      map[string]any       `yaml:"body"`
	Texts     map[hub.Lang]wording `yaml:"texts"`
	Sources   []source             `yaml:"sources"`
}

// wording is a record in one language.
type wording struct {
	Title       string          `yaml:"title"`
	Summary     string          `yaml:"summary"`
	Translation hub.Translation `yaml:"translation"`
	Text        map[string]any  `yaml:"text"`
}

type source struct {
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
	Date  string `yaml:"date"`
	Note  string `yaml:"note"`
}

// kinds are the kinds that content files hold, in the order in which they are
// read.
var kinds = []record.Kind{
	library.Kind(), practice.Kind(), mechanism.Kind(), toolkit.Kind(), system.Kind(), event.Kind(), network.Kind(),
}

// Read reads records/{kind}.yaml with translations/{lang}/{kind}.yaml. The
// records come in the order of the files; each carries the digest of its
// content in Seed. A missing file of records is a problem.
func Read(fsys fs.FS) ([]*hub.Record, []Problem) {
	words, err := vocabulary.Load(fsys)
	if err != nil {
		return nil, []Problem{{File: "vocabulary", Say: err.Error()}}
	}
	r := reader{fsys: fsys, words: words, slugs: map[string]bool{}}
	for _, k := range kinds {
		r.kind(k)
	}
	return r.records, r.problems
}

type reader struct {
	fsys     fs.FS
	words    *vocabulary.Set
	slugs    map[string]bool // "kind/slug" of what was read
	records  []*hub.Record
	problems []Problem
}

func (r *reader) kind(k record.Kind) {
	name := "records/" + string(k.Name) + ".yaml"
	nodes, problem := entries(r.fsys, name)
	if problem != nil {
		r.problems = append(r.problems, *problem)
		return
	}
	translations, problems := readTranslations(r.fsys, k.Name)
	r.problems = append(r.problems, problems...)
	r.problems = append(r.problems, translations.astray(k.Name, nodes)...)
	for _, n := range nodes {
		rec, problem := r.record(k, n, translations)
		if problem != nil {
			problem.File = name
			if problem.Line == 0 {
				problem.Line = lineOf(n, problem.Field)
			}
			r.problems = append(r.problems, *problem)
			continue
		}
		r.slugs[string(k.Name)+"/"+rec.Slug] = true
		r.records = append(r.records, rec)
	}
}

// entries reads a file into its entries, undecoded, with their lines.
func entries(fsys fs.FS, name string) ([]*yaml.Node, *Problem) {
	raw, err := readFile(fsys, name)
	if err != nil {
		return nil, &Problem{File: name, Say: err.Error()}
	}
	var list []yaml.Node
	if err := yaml.Unmarshal(raw, &list); err != nil {
		return nil, &Problem{File: name, Say: "it is no list of records in YAML: " + err.Error()}
	}
	nodes := make([]*yaml.Node, len(list))
	for i := range list {
		nodes[i] = &list[i]
	}
	return nodes, nil
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the file is missing: put it there, with [] when there is nothing in it")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxFile {
		return nil, fmt.Errorf("the file has more than %d bytes: split it", MaxFile)
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("the file is not UTF-8: save it as UTF-8")
	}
	return raw, nil
}

// record makes one entry a record.
func (r *reader) record(k record.Kind, n *yaml.Node, translations translations) (*hub.Record, *Problem) {
	var e entry
	if err := strict(n, &e); err != nil {
		return nil, undecoded(n, err)
	}
	if r.slugs[string(k.Name)+"/"+e.Slug] {
		return nil, &Problem{Record: e.Slug, Field: "slug", Say: "another record has it already: choose another"}
	}
	rec, err := e.record(k.Name)
	if err != nil {
		return nil, &Problem{Record: e.Slug, Say: err.Error()}
	}
	translations.into(rec)
	if err := record.Check(rec); err != nil {
		return nil, said(e.Slug, err)
	}
	if err := k.Check(rec); err != nil {
		return nil, said(e.Slug, err)
	}
	if problem := r.codes(k, rec); problem != nil {
		return nil, problem
	}
	rec.Seed = digest(rec)
	return rec, nil
}

// strict decodes a node and refuses keys that the type lacks. The node is
// decoded first as it stands, so that an error names the line of the file.
func strict(n *yaml.Node, into any) error {
	if err := n.Decode(into); err != nil {
		return err
	}
	raw, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	return d.Decode(into)
}

// slugOf is the slug of an entry that could not be read as a whole.
func slugOf(n *yaml.Node) string {
	var s struct {
		Slug string `yaml:"slug"`
	}
	if n.Decode(&s) != nil {
		return ""
	}
	return s.Slug
}

func said(slug string, err error) *Problem {
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) {
		return &Problem{Record: slug, Say: err.Error()}
	}
	say := map[string]string{
		hub.ReasonRequired: "it is needed and not there",
		hub.ReasonTooLong:  "it is too long",
		hub.ReasonUnknown:  "this value is not known",
		hub.ReasonFormat:   "it is not written as it should be",
		hub.ReasonTaken:    "it is there twice or not named",
	}[invalid.Reason]
	if invalid.Value != "" {
		say += fmt.Sprintf(": %.120q", invalid.Value)
	}
	field := invalid.Field
	if rest, of := strings.CutPrefix(field, "versions."); of {
		field = "texts." + rest // as the file calls them
	}
	return &Problem{Record: slug, Field: field, Say: say}
}

func (e entry) record(k hub.Kind) (*hub.Record, error) {
	r := &hub.Record{
		ID: stableID(k, e.Slug), Kind: k, Slug: e.Slug, Tier: e.Tier, Status: hub.StatusPublished, Mechanism: e.Mechanism,
		States: e.States, Themes: e.Themes, Date: e.Date, Original: e.Original, Rev: 1,
	}
	if r.Tier == "" {
		r.Tier = hub.TierPublic
	}
	if r.Original == "" {
		r.Original = hub.English
	}
	var err error
	if r.Body, err = asJSON(e.Body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	for _, s := range e.Sources {
		r.Sources = append(r.Sources, hub.Source{Title: s.Title, URL: s.URL, Date: s.Date, Note: s.Note})
	}
	return r, e.versions(r)
}

// versions puts the original first and the others in the order of languages.
func (e entry) versions(r *hub.Record) error {
	var langs []hub.Lang
	for l := range e.Texts {
		langs = append(langs, l)
	}
	slices.SortFunc(langs, func(a, b hub.Lang) int {
		switch {
		case a == r.Original:
			return -1
		case b == r.Original:
			return 1
		}
		return bytes.Compare([]byte(a), []byte(b))
	})
	for _, l := range langs {
		w := e.Texts[l]
		text, err := asJSON(w.Text)
		if err != nil {
			return fmt.Errorf("texts.%s: %w", l, err)
		}
		r.Versions = append(r.Versions, hub.Version{Lang: l, Title: w.Title, Summary: w.Summary, Text: text, Translation: w.Translation})
	}
	return nil
}

func asJSON(m map[string]any) (json.RawMessage, error) {
	if len(m) == 0 {
		return nil, nil
	}
	return json.Marshal(m)
}

// stableID is the same for a record each time the content is read, so that
// addresses by id survive a fresh start.
func stableID(k hub.Kind, slug string) string {
	sum := sha256.Sum256([]byte(string(k) + "/" + slug))
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(sum[:16])
}

func digest(r *hub.Record) string {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("encode %s: %v", r.Slug, err)) // body and texts are JSON that was just made
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// codes says whether every code is in its vocabulary and every State is one.
func (r *reader) codes(k record.Kind, rec *hub.Record) *Problem {
	for _, s := range rec.States {
		if _, known := r.words.State(s); !known {
			return &Problem{Record: rec.Slug, Field: "states", Say: fmt.Sprintf("there is no State %q", s)}
		}
	}
	for _, t := range rec.Themes {
		if !r.words.Known("theme", t) {
			return &Problem{Record: rec.Slug, Field: "themes", Say: fmt.Sprintf("the vocabulary has no theme %q", t)}
		}
	}
	for _, t := range k.Tags(rec) {
		list := listOf(k.Name, t.Facet)
		if list != "" && !r.words.Known(list, t.Value) {
			return &Problem{Record: rec.Slug, Field: string(t.Facet), Say: fmt.Sprintf("the vocabulary %s has no %q", list, t.Value)}
		}
	}
	return nil
}

// lists says which vocabulary holds the values of a facet of a kind.
var lists = map[hub.Kind]map[record.Facet]string{
	hub.Publication: {record.FacetType: "publication-type", record.FacetStatus: "availability"},
	hub.Practice:    {record.FacetCapacity: "capacity", record.FacetChallenge: "challenge", record.FacetStage: "stage"},
	hub.Mechanism:   {record.FacetType: "mechanism-type", record.FacetHost: "host"},
	hub.Resource:    {record.FacetType: "resource-type", record.FacetCapacity: "resource-capacity", record.FacetStatus: "readiness", record.FacetAudience: "audience"},
	hub.System:      {record.FacetType: "system-type", record.FacetCost: "cost", record.FacetStage: "stage", record.FacetFeature: "feature", record.FacetLack: "feature"},
	hub.Event:       {record.FacetType: "event-type"},
	hub.Network:     {record.FacetStatus: "network-status"},
}

func listOf(k hub.Kind, f record.Facet) string { return lists[k][f] }

// translations are the translated titles, summaries and texts of a kind by
// language and slug.
type translations map[hub.Lang]map[string]translated

type translated struct {
	Title   string         `yaml:"title"`
	Summary string         `yaml:"summary"`
	Text    map[string]any `yaml:"-"`
}

// readTranslations reads translations/{lang}/{kind}.yaml where it is there,
// and the texts of resources in translations/{lang}/resource/{slug}.md.
func readTranslations(fsys fs.FS, k hub.Kind) (translations, []Problem) {
	all := translations{}
	var problems []Problem
	for _, l := range hub.Langs {
		name := path.Join("translations", string(l), string(k)+".yaml")
		if _, err := fs.Stat(fsys, name); err != nil {
			continue
		}
		own := map[string]translated{}
		if err := readStrict(fsys, name, &own); err != nil {
			problems = append(problems, Problem{File: name, Say: err.Error()})
			continue
		}
		for slug, t := range own {
			md, err := fs.ReadFile(fsys, path.Join("translations", string(l), string(k), slug+".md"))
			if err == nil && utf8.Valid(md) {
				t.Text = map[string]any{"markdown": string(md)}
				own[slug] = t
			}
		}
		all[l] = own
	}
	return all, problems
}

// astray names the translations of records that are not there.
func (t translations) astray(k hub.Kind, nodes []*yaml.Node) []Problem {
	slugs := map[string]bool{}
	for _, n := range nodes {
		slugs[slugOf(n)] = true
	}
	var problems []Problem
	for _, l := range hub.Langs {
		for _, slug := range slices.Sorted(maps.Keys(t[l])) {
			if !slugs[slug] {
				name := path.Join("translations", string(l), string(k)+".yaml")
				problems = append(problems, Problem{File: name, Record: slug, Say: "there is no record of this slug: correct the slug or take the translation out"})
			}
		}
	}
	return problems
}

func readStrict(fsys fs.FS, name string, into any) error {
	raw, err := readFile(fsys, name)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	return d.Decode(into)
}

// into adds the translations of a record. A version that the record has
// itself, such as a title as printed, stands; what it lacks is filled in.
func (t translations) into(r *hub.Record) {
	for _, l := range hub.Langs {
		own, ok := t[l][r.Slug]
		if !ok || own.Title == "" || l == r.Original {
			continue
		}
		if i := slices.IndexFunc(r.Versions, func(v hub.Version) bool { return v.Lang == l }); i >= 0 {
			if r.Versions[i].Summary == "" {
				r.Versions[i].Summary = own.Summary
			}
			continue
		}
		text, _ := asJSON(own.Text) // a text is a string here
		r.Versions = append(r.Versions, hub.Version{Lang: l, Title: own.Title, Summary: own.Summary, Text: text, Translation: hub.ByPerson})
	}
}
