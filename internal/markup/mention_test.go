package markup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	say := func(n int) string { return fmt.Sprintf("<%d>", n) }
	one, two := Mention(1), Mention(20)
	for _, c := range []struct{ name, in, plain, html string }{
		{"Text", "Ask " + one + " and *" + two + "*.", "Ask <1> and *<20>*.", `<p>Ask <bdi class="mention">&lt;1&gt;</bdi> and <em><bdi class="mention">&lt;20&gt;</bdi></em>.</p>`},
		{"Code", "`" + one + "`", "`<1>`", `<p><code><bdi class="mention">&lt;1&gt;</bdi></code></p>`},
		{"LinkText", "[" + one + "](https://example.org)", "[<1>](https://example.org)", `<p><a href="https://example.org" rel="nofollow noreferrer"><bdi class="mention">&lt;1&gt;</bdi></a></p>`},
		{"Heading", "## " + one, "## <1>", `<h2 id="1"><bdi class="mention">&lt;1&gt;</bdi></h2>`},
		{"None", "@ana 1", "@ana 1", "<p>@ana 1</p>"},
		{"Half", "\x02x\x03 \x021 1\x03", "\x02x\x03 \x021 1\x03", "<p>\x02x\x03 \x021 1\x03</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Mentions(c.in, say); got != c.plain {
				t.Errorf("as text %q, want %q", got, c.plain)
			}
			html, err := Render(c.in)
			if got := strings.TrimSpace(string(html.Mentions(say))); err != nil || got != c.html {
				t.Errorf("as HTML %q, %v; want %q", got, err, c.html)
			}
		})
	}
	if all := Mentioned(two + one + two + "3"); !slices.Equal(all, []int{20, 1}) {
		t.Errorf("mentioned are %v", all)
	}
	// In an address it is no sign any more: no tag gets into an attribute.
	if html, err := Render("[x](" + one + ") [y](/a?" + one + ` "` + one + `")`); err != nil || strings.Contains(string(html.Mentions(say)), "mention") {
		t.Errorf("in an address: %q, %v", html.Mentions(say), err)
	}
}
