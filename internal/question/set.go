// Package question is the questionnaires: what is asked of each kind of
// record, as versioned data; how answers stand in a record; and what is wrong
// with them. Forms, checks, pages and tables are made from it, and nothing of
// the questions is compiled in.
package question

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/vocabulary"
)

// Form is the form that an answer has.
type Form string

// The forms of answers, with their JSON.
const (
	Line    Form = "line"    // one line of text: "..."
	Text    Form = "text"    // some lines of text: "..."
	Points  Form = "points"  // short texts, one a line: ["...", ...]
	Date    Form = "date"    // as exact as known: "2022", "2022-12", "2022-12-07"
	Day     Form = "day"     // to the day: "2022-12-07"
	Choice  Form = "choice"  // a code of a list: "..."
	Several Form = "several" // codes of a list: ["...", ...]
	YesNo   Form = "yesno"   // true or false
	Number  Form = "number"  // a whole number from 0 on
	Link    Form = "link"    // an address: "https://..."
	Record  Form = "record"  // a record of the kind List, by its slug: "..."
	State   Form = "state"   // a State, by its alpha-3 code: "MDA"
	States  Form = "states"  // several: ["MDA", ...]
	Files   Form = "files"   // attachments of the record, by their ids: ["...", ...]
	Table   Form = "table"   // rows of columns: [{"who": "nhri", "role": "..."}, ...]
)

// forms lists them, and whether an answer is in words of a language, unless
// the question says otherwise.
var forms = map[Form]bool{
	Line: true, Text: true, Points: true, Date: false, Day: false, Choice: false, Several: false, YesNo: false, Number: false,
	Link: false, Record: false, State: false, States: false, Files: false, Table: true,
}

// Words are a text in the languages of the pages: English always.
type Words map[hub.Lang]string

// In is the text in a language, else in English.
func (w Words) In(l hub.Lang) string {
	if t := w[l]; t != "" {
		return t
	}
	return w[hub.English]
}

// Set is a version of the questions of a kind.
type Set struct {
	Kind     hub.Kind  `yaml:"kind"`
	Version  int       `yaml:"version"` // 1, 2, 3 ...
	Source   string    `yaml:"source"`  // where the questions come from
	Open     bool      `yaml:"open"`    // a later version that is shipped to be asked at once
	Sections []Section `yaml:"sections"`

	byCode  map[string]*Question
	adapted *Set   // the same for a record that adapts another
	raw     []byte // YAML that it was read from
}

// Section is a part of the form with a heading of its own.
type Section struct {
	Code      string     `yaml:"code"`
	Title     Words      `yaml:"title"`
	Adapted   bool       `yaml:"adapted"` // asked of a record that adapts another, and of no other
	Questions []Question `yaml:"questions"`
}

// Question is one of them.
type Question struct {
	Code string `yaml:"code"` // stable; answers are kept under it
	// At is where the answer stands in a record, for answers that lists and
	// pages know: "title", "summary", "date", "states", "themes",
	// "review_by", "body.stage", "text.problem". Empty: among the answers.
	At       string   `yaml:"at"`
	Form     Form     `yaml:"form"`
	List     string   `yaml:"list"`    // vocabulary of choices; kind of record of a link
	Columns  []Column `yaml:"columns"` // of a table
	Most     int      `yaml:"most"`    // runes of a text; choices; points; rows; greatest number
	Required bool     `yaml:"required"`
	Spared   bool     `yaml:"spared"`  // not required of a record that adapts another: what that one says holds
	Members  bool     `yaml:"members"` // for members of mechanisms, unless the answer is opened
	Neutral  bool     `yaml:"neutral"` // in no language though it has words: names, references
	After    string   `yaml:"after"`   // question before it in its part whose answer opens it: "trigger", or "stage=replaced" for that choice
	Ask      Words    `yaml:"ask"`
	Help     Words    `yaml:"help"`
	Good     Words    `yaml:"good"`  // an example worth following
	Poor     Words    `yaml:"poor"`  // and one of what helps nobody
	Hints    []Hint   `yaml:"hints"` // what would make an answer more precise
	// Part is the part of the record's page in which the answer is shown, of
	// those of Parts that the page has; else it stands with further answers.
	Part string `yaml:"part"`
}

// Column is one of a table.
type Column struct {
	Code     string `yaml:"code"`
	Form     Form   `yaml:"form"` // Line, Text, Choice, Number, Date or Link
	List     string `yaml:"list"`
	Most     int    `yaml:"most"`
	Required bool   `yaml:"required"` // in every row that has anything
	Ask      Words  `yaml:"ask"`
}

// columnForms are the forms that a cell may have.
var columnForms = []Form{Line, Text, Choice, Number, Date, Link}

// Worded says whether the answer is given anew in each language.
func (q *Question) Worded() bool { return forms[q.Form] && !q.Neutral }

// Closable says whether the answer may be for members only: lists and the
// heads of pages show the others to everybody.
func (q *Question) Closable() bool { return q.At == "" || strings.HasPrefix(q.At, "text.") }

// For is the set as a record is asked it: what adapts another record is asked
// what was changed, and need not say again what the other says.
func (s *Set) For(r *hub.Record) *Set {
	if s == nil || r.Adapts == "" {
		return s
	}
	return s.adapted
}

// YAML is the text that the set was read from. It is shared.
func (s *Set) YAML() []byte { return s.raw }

// Name is how a set is called: "practice/1".
func (s *Set) Name() string { return fmt.Sprintf("%s/%d", s.Kind, s.Version) }

// Question is the one of a code; nil for none.
func (s *Set) Question(code string) *Question { return s.byCode[code] }

// Asks says whether a question of the code is one of the set, for adaptations
// or for all.
func (s *Set) Asks(code string) bool { return s.whole(code) != nil }

// All are the questions in their order.
func (s *Set) All() []*Question {
	var all []*Question
	for i := range s.Sections {
		for j := range s.Sections[i].Questions {
			all = append(all, &s.Sections[i].Questions[j])
		}
	}
	return all
}

// Whole are the questions in their order, with those that only a record is
// asked which adapts another.
func (s *Set) Whole() []*Question {
	if s.adapted == nil {
		return s.All()
	}
	return s.adapted.All()
}

// Load reads questions/*.yaml. The error names file, question and field.
func Load(fsys fs.FS, words *vocabulary.Set) (*Sets, error) {
	files, err := fs.Glob(fsys, "questions/*.yaml")
	if err != nil {
		return nil, err
	}
	of := map[hub.Kind][]*Set{}
	for _, name := range files {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		set, err := Parse(raw, words)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if slices.ContainsFunc(of[set.Kind], func(x *Set) bool { return x.Version == set.Version }) {
			return nil, fmt.Errorf("%s: %s stands in another file too", name, set.Name())
		}
		of[set.Kind] = append(of[set.Kind], set)
	}
	return newSets(of, words), nil
}

// Parse reads a version of the questions of a kind from YAML. The error names
// the line of what is wrong, and question and field.
func Parse(raw []byte, words *vocabulary.Set) (*Set, error) {
	var s Set
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if _, err := hub.ParseKind(string(s.Kind)); err != nil || s.Version < 1 || s.Source == "" || len(s.Sections) == 0 {
		return nil, errors.New("kind, version, source and sections are needed")
	}
	for _, x := range s.Sections {
		if x.Code == "" || x.Title[hub.English] == "" || len(x.Questions) == 0 {
			return nil, fmt.Errorf("section %q: code, title and questions are needed", x.Code)
		}
	}
	seen := map[string]bool{}
	for _, q := range s.All() {
		if seen[q.Code] {
			return nil, fmt.Errorf("question %s: the code stands twice", q.Code)
		}
		if err := q.check(words); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Code, err)
		}
		seen[q.Code] = true
	}
	if of, what := s.beyondRoster(); what != "" {
		return nil, fmt.Errorf("%s: %s is of records only, not of the roster", of, what)
	}
	for _, x := range s.Sections {
		for i := range x.Questions {
			if err := x.Questions[i].follows(x.Questions[:i], words); err != nil {
				return nil, fmt.Errorf("question %s: %w", x.Questions[i].Code, err)
			}
		}
	}
	s.index()
	s.raw = raw
	return s.split(), nil
}

// index makes the questions to be found by their codes.
func (s *Set) index() {
	s.byCode = map[string]*Question{}
	for _, q := range s.All() {
		s.byCode[q.Code] = q
	}
}

// unfit is an error of one field of a question, with a word for the mend.
type unfit struct{ field, reason, value, say string }

func (u unfit) Error() string { return u.say }

// beyondRoster names what of a set for experts holds for records alone, and the
// question or section that has it; empty for nothing. Who reads an answer in
// the roster is for the person to say, and an entry has no files.
func (s *Set) beyondRoster() (of, what string) {
	if s.Kind != hub.Expert {
		return "", ""
	}
	for _, x := range s.Sections {
		if x.Adapted {
			return x.Code, "adapted: true"
		}
		for _, q := range x.Questions {
			switch {
			case q.Form == Files:
				return q.Code, "form: files"
			case q.Members:
				return q.Code, "members: true"
			}
		}
	}
	return "", ""
}

// split makes of a set that was read the one that most records are asked, with
// the one of adaptations beside it.
func (s *Set) split() *Set {
	most := *s
	most.Sections, most.byCode, most.adapted = nil, map[string]*Question{}, s
	for _, x := range s.Sections {
		if !x.Adapted {
			x.Questions = slices.Clone(x.Questions)
			most.Sections = append(most.Sections, x)
		}
	}
	for _, q := range most.All() {
		most.byCode[q.Code] = q
	}
	for _, q := range s.All() {
		q.Required = q.Required && !q.Spared
	}
	return &most
}

// Parts are the parts of pages of records: so far of a practice.
var Parts = []string{"problem", "done", "actors", "results", "hard", "lessons"}

// places are where answers may stand in a record, beside body.* and text.*.
var places = []string{"", "title", "summary", "date", "states", "themes", "review_by"}

func (q *Question) check(words *vocabulary.Set) error {
	in, field, dotted := strings.Cut(q.At, ".")
	switch {
	case hub.CheckSlug(q.Code) != nil:
		return unfit{"code", "slug", q.Code, "the code is no slug"}
	case q.Ask[hub.English] == "":
		return unfit{"ask", "lang", "en", "ask in English is missing"}
	case !dotted && !slices.Contains(places, q.At), dotted && (field == "" || in != "body" && in != "text"):
		return unfit{"at", "place-unknown", q.At, fmt.Sprintf("at %q is no place", q.At)}
	case in == "text" && !q.Worded(), in == "body" && q.Worded():
		return unfit{"at", "place-form", string(q.Form), fmt.Sprintf("at %q does not fit the form %q", q.At, q.Form)}
	case q.Form == Files && q.At != "":
		return unfit{"at", "place-files", "", "files are attachments, and stand nowhere else"}
	case q.Members && !q.Closable():
		return unfit{"members", "listed", "", "an answer that lists show cannot be for members only"}
	case q.Form == Table:
		if len(q.Columns) == 0 {
			return unfit{"columns", "required", "", "columns are missing"}
		}
	case len(q.Columns) > 0:
		return unfit{"columns", "no-columns", "", "columns are of tables only"}
	}
	if _, known := forms[q.Form]; !known {
		return unfit{"form", "form", string(q.Form), fmt.Sprintf("form %q is unknown", q.Form)}
	}
	if err := checkList(q.Form, q.List, words); err != nil {
		return err
	}
	if err := q.checkHints(); err != nil {
		return err
	}
	if q.Part != "" && !slices.Contains(Parts, q.Part) {
		return unfit{"part", "part", q.Part, fmt.Sprintf("there is no part %q of a page", q.Part)}
	}
	for _, c := range q.Columns {
		if c.Code == "" || c.Ask[hub.English] == "" || !slices.Contains(columnForms, c.Form) {
			return unfit{"columns", "column", c.Code, fmt.Sprintf("column %q: code, form and ask are needed", c.Code)}
		}
		if err := checkList(c.Form, c.List, words); err != nil {
			return fmt.Errorf("column %s: %w", c.Code, err)
		}
	}
	return nil
}

// Opened is the question whose answer opens this one, and the choice that does
// so: none for any. Both are empty where none opens it.
func (q *Question) Opened() (code, choice string) {
	code, choice, _ = strings.Cut(q.After, "=")
	return code, choice
}

// follows checks that what opens a question stands before it.
func (q *Question) follows(before []Question, words *vocabulary.Set) error {
	if q.After == "" {
		return nil
	}
	code, choice := q.Opened()
	i := slices.IndexFunc(before, func(b Question) bool { return b.Code == code })
	if i < 0 || choice != "" && !words.Known(before[i].List, choice) {
		return unfit{"after", "after", q.After, fmt.Sprintf("after %q is no answer to a question before it in its part", q.After)}
	}
	return nil
}

func checkList(f Form, list string, words *vocabulary.Set) error {
	switch f {
	case Choice, Several:
		if len(words.Codes(list)) == 0 {
			return unfit{"list", "vocabulary", list, fmt.Sprintf("the list %q is unknown", list)}
		}
	case Record:
		if _, err := hub.ParseKind(list); err != nil {
			return unfit{"list", "record-kind", list, fmt.Sprintf("the kind %q is unknown", list)}
		}
	default:
		if list != "" {
			return unfit{"list", "no-list", list, "a list is of choices and records only"}
		}
	}
	return nil
}
