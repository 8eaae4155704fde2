package access

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	stringadapter "github.com/casbin/casbin/v2/persist/string-adapter"

	"nmirfhub/internal/hub"
)

// Files of the policy.
const (
	modelFile  = "model.conf"
	policyFile = "policy.csv"
	matrixFile = "matrix.csv"
)

const anyRelation = "any"

// enforcer reads model and policy the way casbin does. Every word must be
// known: casbin itself would take a misspelt one and never match it.
func enforcer(files fs.FS) (*casbin.Enforcer, error) {
	text, err := fs.ReadFile(files, modelFile)
	if err != nil {
		return nil, fmt.Errorf("read the access model: %w", err)
	}
	rules, err := fs.ReadFile(files, policyFile)
	if err != nil {
		return nil, fmt.Errorf("read the access policy: %w", err)
	}
	if err := wholeLines(uncommented(rules)); err != nil {
		return nil, fmt.Errorf("access policy: %w", err)
	}
	m, err := model.NewModelFromString(string(text))
	if err != nil {
		return nil, fmt.Errorf("access model: %w", err)
	}
	e, err := casbin.NewEnforcer(m, stringadapter.NewAdapter(uncommented(rules)))
	if err != nil {
		return nil, fmt.Errorf("access policy: %w", err)
	}
	e.AddFunction("includes", func(args ...any) (any, error) {
		acts, okActs := args[0].(string)
		act, okAct := args[1].(string)
		if !okActs || !okAct {
			return nil, errors.New("includes wants two texts")
		}
		return slices.Contains(strings.Fields(acts), act), nil
	})
	return e, nil
}

// wholeLines refuses what casbin would pass over in silence: a rule that is
// cut short, or stands twice.
func wholeLines(rules string) error {
	seen := map[string]bool{}
	for line := range strings.Lines(rules) {
		line = strings.TrimSpace(line)
		if n := strings.Count(line, ","); n != ruleWords || !strings.HasPrefix(line, "p,") {
			return fmt.Errorf("the rule %q is not whole: want p, role, relation, kind, actions, mark", line)
		}
		if seen[line] {
			return fmt.Errorf("the rule %q stands twice", line)
		}
		seen[line] = true
	}
	return nil
}

// ruleWords is how many words a rule has: role, relation, kind, actions, mark.
const ruleWords = 5

// uncommented is the lines that are rules.
func uncommented(raw []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// compile writes the rules of the policy into a table. Where two rules speak
// of one cell, the one without conditions holds.
func compile(e *casbin.Enforcer) (*table, error) {
	rules, err := e.GetPolicy()
	if err != nil {
		return nil, fmt.Errorf("access policy: %w", err)
	}
	if len(rules) == 0 {
		return nil, errors.New("access policy: it is empty")
	}
	var t table
	for _, rule := range rules {
		if err := t.apply(rule); err != nil {
			return nil, fmt.Errorf("access policy: the rule %q: %w", strings.Join(rule, ", "), err)
		}
	}
	return &t, nil
}

func (t *table) apply(rule []string) error {
	if len(rule) != ruleWords {
		return fmt.Errorf("it has %d words, want %d", len(rule), ruleWords)
	}
	role, kind := placeOfRole(hub.Role(rule[0])), Kind(rule[2]).place()
	if role < 0 {
		return fmt.Errorf("there is no role %q", rule[0])
	}
	if kind < 0 {
		return fmt.Errorf("there is no kind %q", rule[2])
	}
	relations, err := relationsOf(rule[1])
	if err != nil {
		return err
	}
	verdict := Allow
	switch rule[4] {
	case "-":
	case "fresh":
		verdict = Fresh
	default:
		return fmt.Errorf("there is no mark %q", rule[4])
	}
	acts := strings.Fields(rule[3])
	if len(acts) == 0 {
		return errors.New("it names no action")
	}
	for _, act := range acts {
		a := placeOfAction(hub.Action(act))
		if a < 0 {
			return fmt.Errorf("there is no action %q", act)
		}
		for _, rel := range relations {
			t.set(kind, a, role, rel, verdict)
		}
	}
	return nil
}

func (t *table) set(kind, act, role, rel int, v Verdict) {
	if cell := &t[kind][act][role][rel]; *cell != Allow {
		*cell = v
	}
}

func relationsOf(word string) ([]int, error) {
	if word == anyRelation {
		all := make([]int, len(hub.Relations))
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	rel := placeOfRelation(hub.Relation(word))
	if rel < 0 {
		return nil, fmt.Errorf("there is no relation %q", word)
	}
	return []int{rel}, nil
}

// letters of the matrix.
var letters = map[rune]hub.Action{
	'r': hub.ActRead, 'l': hub.ActList, 's': hub.ActSearch, 'c': hub.ActCreate, 'e': hub.ActEdit,
	'p': hub.ActPublish, 'm': hub.ActModerate, 'x': hub.ActExport, 'u': hub.ActSubscribe,
}

// readMatrix reads the second copy: a row for each kind, a cell for each role.
func readMatrix(files fs.FS) (*table, error) {
	raw, err := fs.ReadFile(files, matrixFile)
	if err != nil {
		return nil, fmt.Errorf("read the access matrix: %w", err)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("access matrix: %w", err)
	}
	if len(rows) != len(Kinds)+1 {
		return nil, fmt.Errorf("access matrix: it has %d rows, want a heading and %d", len(rows), len(Kinds))
	}
	var t table
	for i, row := range rows[1:] {
		if Kind(row[1]) != Kinds[i] {
			return nil, fmt.Errorf("access matrix: row %s is %q, want %q", row[0], row[1], Kinds[i])
		}
		for role, cell := range row[2:] {
			if err := t.cell(i, role, cell); err != nil {
				return nil, fmt.Errorf("access matrix: row %s, %s: %q: %w", row[0], hub.Roles[role], cell, err)
			}
		}
	}
	return &t, nil
}

// cell reads what a role may do with a kind: groups such as "rls", "(e)o",
// "(rx)!".
func (t *table) cell(kind, role int, cell string) error {
	if cell == "-" || cell == "relay" {
		return nil
	}
	for _, group := range strings.Fields(cell) {
		acts, marks := group, ""
		if inner, ok := strings.CutPrefix(group, "("); ok {
			acts, marks, ok = strings.Cut(inner, ")")
			if !ok {
				return errors.New("a bracket is not closed")
			}
		}
		if err := t.group(kind, role, acts, marks); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) group(kind, role int, acts, marks string) error {
	word, verdict := anyRelation, Allow
	for _, m := range marks {
		switch m {
		case 'o':
			word = string(hub.RelOwner)
		case 'i':
			word = string(hub.RelOwnMechanism)
		case 'g':
			word = string(hub.RelSpaceMember)
		case 'b':
			word = string(hub.RelBrokenGlass)
		case '!':
			verdict = Fresh
		default:
			return fmt.Errorf("there is no mark %q", m)
		}
	}
	relations, err := relationsOf(word)
	if err != nil {
		return err
	}
	for _, letter := range acts {
		act, ok := letters[letter]
		if !ok {
			return fmt.Errorf("there is no action %q", letter)
		}
		for _, rel := range relations {
			t.set(kind, placeOfAction(act), role, rel, verdict)
		}
	}
	return nil
}

// same says in which cells policy and matrix differ; nil when in none.
func same(policy, matrix *table) error {
	var differ []error
	for i, k := range Kinds {
		for j, a := range hub.Actions {
			for m, role := range hub.Roles {
				for n, rel := range hub.Relations {
					if p, x := policy[i][j][m][n], matrix[i][j][m][n]; p != x {
						differ = append(differ, fmt.Errorf("%s may %s %s as %s: the policy says %v, the matrix %v", role, a, k, rel, p, x))
					}
				}
			}
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("access policy and matrix differ in %d cells: %w", len(differ), errors.Join(differ[:min(len(differ), 20)]...))
	}
	return nil
}

func (v Verdict) String() string {
	switch v {
	case Allow:
		return "yes"
	case Fresh:
		return "after a fresh sign-in"
	}
	return "no"
}
