// Package markup turns Markdown into HTML that is safe to show: rendered,
// then reduced to an allow-list. Its HTML type is the only raw HTML that
// pages take.
package markup

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"

	"nmirfhub/internal/hub"
)

// HTML is markup that this package has made safe.
type HTML string

// MaxBytes is the greatest size of a Markdown text in bytes.
const MaxBytes = 256 << 10

// maxDepth is how deep quotes and lists may nest.
const maxDepth = 32

var renderer = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.TaskList, extension.Strikethrough),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	goldmark.WithRendererOptions(html.WithXHTML()),
)

// policy is what may be shown. Raw HTML of the text never gets here: the
// renderer leaves it out.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "h5", "ul", "ol", "li", "strong", "em", "del", "code", "pre", "blockquote", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[a-z0-9-]{1,80}$`)).OnElements("h2", "h3", "h4", "h5")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowElements("span")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^box( done)?$`)).OnElements("span")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnFullyQualifiedLinks(true)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	return p
}

// boxes are the check boxes of task lists. As inputs they would be controls
// that do nothing; they become drawn squares.
var boxes = regexp.MustCompile(`<input[^>]*type="checkbox"[^>]*/?>`)

var checked = []byte(`checked=`)

// Render makes Markdown safe HTML. Headings of level 1 become level 2: the
// page has its own. hub.Invalid with the field "text" when it is no UTF-8, too
// long or nested too deep.
func Render(text string) (HTML, error) {
	if len(text) > MaxBytes {
		return "", &hub.Invalid{Field: "text", Reason: hub.ReasonTooLong, Limit: MaxBytes}
	}
	if !utf8.ValidString(text) || tooDeep(text) {
		return "", &hub.Invalid{Field: "text", Reason: hub.ReasonFormat}
	}
	var b bytes.Buffer
	if err := renderer.Convert([]byte(text), &b); err != nil {
		return "", err
	}
	out := boxes.ReplaceAllFunc(b.Bytes(), func(box []byte) []byte {
		if bytes.Contains(box, checked) {
			return []byte(`<span class="box done"></span>`)
		}
		return []byte(`<span class="box"></span>`)
	})
	out = bytes.ReplaceAll(out, []byte("<h1"), []byte("<h2"))
	out = bytes.ReplaceAll(out, []byte("</h1>"), []byte("</h2>"))
	out = policy.SanitizeBytes(out)
	// A quotation may be in another script than what stands around it.
	return HTML(bytes.ReplaceAll(out, []byte("<blockquote>"), []byte(`<blockquote dir="auto">`))), nil
}

// tooDeep says whether a line opens more quotes or lists than maxDepth.
func tooDeep(text string) bool {
	depth, blank := 0, true
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			depth, blank = 0, true
		case !blank:
		case c == '>' || c == '-' || c == '*' || c == '+':
			depth++
		case c == ' ' || c == '\t':
		default:
			blank = false
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}
