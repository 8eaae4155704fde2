package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// use is a name of a package of the module that only certain packages may
// write down.
type use struct {
	of    string              // package
	named func(n string) bool // names that are meant
	only  []string            // packages that may
	not   []string            // packages that may not, where only is empty
	why   string
}

var uses = []use{
	{of: "internal/store", named: among("Reader", "Store"), only: []string{"internal/store", "internal/store/*", "internal/access", "internal/member", "internal/people", "internal/mail", "internal/audit", "internal/finder", "internal/desk", "internal/discuss", "internal/trial", "internal/intake", "internal/load", "internal/shelf", "cmd/hub"},
		why: "what holds a Reader can read what the viewer may not: ask the door. A service of accounts has its own collections alone, see store.Only"},
	{of: "internal/access", named: among("Sweep", "Fetch", "Steps", "Dropped"), only: []string{"internal/access", "internal/record"},
		why: "reading for the program itself and not for a viewer belongs to the lifecycle"},
	{of: "internal/hub", named: constantsOf("Role", "Tier"), not: []string{"internal/site", "web", "web/*"},
		why: "a page asks what the viewer may do, and never who they are: the policy decides"},
}

func among(names ...string) func(string) bool {
	return func(n string) bool {
		for _, m := range names {
			if n == m {
				return true
			}
		}
		return false
	}
}

// constantsOf means the constants of the types: RoleMember, not Role.
func constantsOf(types ...string) func(string) bool {
	return func(n string) bool {
		for _, t := range types {
			if len(n) > len(t) && strings.HasPrefix(n, t) && n != t+"s" {
				return true
			}
		}
		return false
	}
}

// TestOnlyTheDoorReads: nothing outside the door and the store reads objects
// as they are stored, and no page decides by role or tier.
func TestOnlyTheDoorReads(t *testing.T) {
	root := "../.."
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || name != root && strings.HasPrefix(d.Name(), ".") || isModule(root, name)) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		in, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		for _, complaint := range misuses(t, filepath.ToSlash(in), name, nil) {
			t.Error(complaint)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// isModule says whether a folder below root holds a module of its own.
func isModule(root, dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return dir != root && err == nil
}

// misuses are the breaches of uses in a file of a package. With a source the
// file is not read.
func misuses(t *testing.T, in, name string, source any) []string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	imported := map[string]string{} // name in the file: package
	for _, i := range file.Imports {
		of, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		local := path.Base(of)
		if i.Name != nil {
			local = i.Name.Name
		}
		imported[local] = strings.TrimPrefix(of, module)
	}
	var all []string
	if of, dotted := imported["."]; dotted {
		all = append(all, name+": a dot import of "+of+" hides what is used")
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if !ok {
			return true
		}
		for _, u := range uses {
			if imported[x.Name] == u.of && u.named(s.Sel.Name) && !u.allows(in) {
				all = append(all, files.Position(s.Pos()).String()+": "+x.Name+"."+s.Sel.Name+": "+u.why)
			}
		}
		return true
	})
	return all
}

func (u use) allows(in string) bool {
	if len(u.only) > 0 {
		return matches(u.only, in)
	}
	return !matches(u.not, in)
}

// TestUseRuleFinds proves that the rule would find what it is there for.
func TestUseRuleFinds(t *testing.T) {
	for _, c := range []struct {
		name, in, source string
		want             int
	}{
		{"ServiceHoldsReader", "internal/record", `package p; import "nmirfhub/internal/store"; var r store.Reader`, 1},
		{"ServiceHoldsStoreByAnotherName", "internal/record", `package p; import s "nmirfhub/internal/store"; func f(x s.Store) {}`, 1},
		{"ServiceHidesReader", "internal/record", `package p; import . "nmirfhub/internal/store"; var r Reader`, 1},
		{"KindSweeps", "internal/practice", `package p; import "nmirfhub/internal/access"; var f = access.Sweep`, 1},
		{"PageDecidesByRole", "internal/site", `package p; import "nmirfhub/internal/hub"; func f(r hub.Role) bool { return r == hub.RoleMember }`, 1},
		{"PageDecidesByTier", "web/page/home", `package p; import "nmirfhub/internal/hub"; var t = hub.TierNetwork`, 1},
		{"ServiceWrites", "internal/record", `package p; import "nmirfhub/internal/store"; var w store.Writer`, 0},
		{"PageNamesTheType", "internal/site", `package p; import "nmirfhub/internal/hub"; var t hub.Tier`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := misuses(t, c.in, c.name+".go", c.source); len(got) != c.want {
				t.Errorf("got %q, want %d complaints", got, c.want)
			}
		})
	}
}
