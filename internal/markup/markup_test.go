package markup

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"nmirfhub/internal/hub"
)

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"Paragraph", "Hello *you*", "<p>Hello <em>you</em></p>"},
		{"HeadingOne", "# Top", `<h2 id="top">Top</h2>`},
		{"HeadingTwo", "## Before the text", `<h2 id="before-the-text">Before the text</h2>`},
		{"TaskList", "- [ ] list\n- [x] done", "<ul>\n<li><span class=\"box\"></span> list</li>\n<li><span class=\"box done\"></span> done</li>\n</ul>"},
		{"Table", "|a|b|\n|-|-|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>"},
		{"Link", "[x](https://example.org)", `<p><a href="https://example.org" rel="nofollow noreferrer">x</a></p>`},
		{"ScriptLink", "[x](javascript:alert(1))", `<p>x</p>`},
		{"DataLink", "[x](data:text/html,hi)", `<p>x</p>`},
		{"RawHTML", "<script>alert(1)</script>", ""},
		{"InlineHTML", "a <img src=x onerror=alert(1)> b", "<p>a  b</p>"},
		{"Image", "![alt](https://example.org/x.png)", "<p></p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Render(c.in)
			if err != nil || strings.TrimSpace(string(got)) != c.want {
				t.Errorf("got %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	for _, c := range []struct{ name, in string }{
		{"TooLong", strings.Repeat("a", MaxBytes+1)},
		{"NoUTF8", "a\xff"},
		{"TooDeep", strings.Repeat("> ", 40) + "x"},
		{"DeepList", strings.Repeat("- ", 40) + "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var invalid *hub.Invalid
			if _, err := Render(c.in); !errors.As(err, &invalid) || invalid.Field != "text" {
				t.Errorf("got %v, want an invalid text", err)
			}
		})
	}
}

// FuzzRender holds that nothing a browser would run comes out.
func FuzzRender(f *testing.F) {
	for _, s := range []string{"# a", "[a](javascript:x)", "<svg onload=x>", "- [ ] <b>x", "`<script>`", "[a]: javascript:x\n[a]", "<a href=\"x\" onclick=y>"} {
		f.Add(s)
	}
	allowed := map[string]bool{"html": true, "head": true, "body": true, "p": true, "br": true, "hr": true, "h2": true, "h3": true, "h4": true, "h5": true, "ul": true, "ol": true, "li": true,
		"strong": true, "em": true, "del": true, "code": true, "pre": true, "blockquote": true, "table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true, "span": true, "a": true}
	f.Fuzz(func(t *testing.T, in string) {
		out, err := Render(in)
		if err != nil {
			return
		}
		doc, err := html.Parse(strings.NewReader(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if !allowed[n.Data] {
				t.Fatalf("%q came out of %q", n.Data, in)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Fatalf("the attribute %s came out of %q", a.Key, in)
				}
				if a.Key == "href" && strings.Contains(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") && !strings.Contains(a.Val, "/") {
					t.Fatalf("the address %q came out of %q", a.Val, in)
				}
			}
		}
	})
}
