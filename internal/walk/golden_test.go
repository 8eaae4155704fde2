package walk

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// TestGolden compares what pages say, in which order and with which links,
// with what they said when somebody last looked at them. After a change that
// is meant, go test ./internal/walk -run TestGolden -update writes them anew:
// read the difference before it is committed.
func TestGolden(t *testing.T) {
	s := serve(t, plainly, t.TempDir()) // opened for the first time: its index is whole then, on a busy machine too
	people := map[string]*person{"public": s.as(t, ""), "member": s.as(t, "member")}
	for _, c := range []struct {
		who, lang string
		doors     []string
	}{
		{"public", "en", doors},
		{"public", "fr", []string{"/", "/library", "/mechanisms/mda", "/toolkit/checklist-setting-up-nmirf", "/nothing-here"}},
		{"public", "ar", []string{"/", "/practices", "/mechanisms/mda", "/toolkit/checklist-setting-up-nmirf", "/glossary"}},
		{"member", "en", []string{"/", "/toolkit", "/toolkit/rules-of-the-discussion-spaces", "/experts", "/discuss"}},
	} {
		for _, door := range c.doors {
			got := outline(t, people[c.who].get(t, "/"+c.lang+door).body)
			golden(t, filepath.Join("testdata", "golden", c.who, c.lang+strings.NewReplacer("/", "_", "?", "_", "&", "_").Replace(door)+".txt"), got)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v: look at the page, then write it with -update", err)
		return
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range w {
		if i >= len(g) || g[i] != w[i] {
			have := "the end"
			if i < len(g) {
				have = g[i]
			}
			t.Errorf("%s:%d\n got: %s\nwant: %s\nlook at the page; when the change is meant, write it with -update", file, i+1, have, w[i])
			return
		}
	}
	t.Errorf("%s: %d lines more than were", file, len(g)-len(w))
}

// changing is what differs from one answer to the next: request numbers, the
// day of today.
var changing = regexp.MustCompile(`[0-9a-z]{26}|\b[0-9a-f]{16}\b|\b\d{1,2} (?:\p{L}+|\p{L}+(?: \p{L}+)?/\p{L}+) 20\d\d\b`)

// outline is a page as a screen reader meets it: one line for each heading,
// paragraph, item, cell and field, with the addresses of links.
func outline(t *testing.T, body string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var o outliner
	o.node(root)
	o.line("")
	return o.all.String()
}

type outliner struct {
	all  strings.Builder
	now  strings.Builder
	kind string
}

// blocks begin a line of their own, marked so.
var blocks = map[string]string{
	"title": "title", "h1": "#", "h2": "##", "h3": "###", "h4": "####", "p": "", "li": "-", "dt": "dt", "dd": "dd", "th": "th", "td": "td",
	"label": "label", "legend": "legend", "button": "button", "option": "option", "summary": "summary", "caption": "caption", "div": "", "section": "",
	"nav": "nav", "main": "main", "footer": "footer", "header": "header", "form": "form", "tr": "tr", "ul": "", "figcaption": "caption",
}

func (o *outliner) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		o.now.WriteString(n.Data)
		return
	case n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "svg"):
		return
	case n.Type == html.ElementNode && n.Data == "input":
		if name := attr(n, "name"); name != "" && attr(n, "type") != "hidden" {
			o.now.WriteString(" [" + name + ": " + attr(n, "type") + "] ")
		}
		return
	}
	mark, block := blocks[n.Data]
	block = block && n.Type == html.ElementNode
	if block {
		o.line(mark)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		o.node(c)
	}
	if n.Type == html.ElementNode && n.Data == "a" {
		o.now.WriteString(" <" + attr(n, "href") + "> ")
	}
	if block {
		o.line("")
	}
}

// line ends the line that is being written and begins one of a kind.
func (o *outliner) line(kind string) {
	if text := strings.Join(strings.Fields(o.now.String()), " "); text != "" {
		o.all.WriteString(strings.TrimSpace(o.kind+" "+changing.ReplaceAllString(text, "…")) + "\n")
		o.kind = ""
	}
	o.now.Reset()
	if kind != "" {
		o.kind = kind
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
