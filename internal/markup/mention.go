package markup

import (
	"html"
	"regexp"
	"slices"
	"strconv"
)

// In the place of somebody whom a text mentions stands a sign that nobody can
// type: the number of the person in a list that is kept beside the text. So the
// text holds neither a name nor an id, and what is copied of it gives nobody
// away.
var mention = regexp.MustCompile("\x02([1-9][0-9]{0,3})\x03")

// Mention is the sign for the n-th person of the list; the first is 1.
func Mention(n int) string { return "\x02" + strconv.Itoa(n) + "\x03" }

// Mentioned are the numbers of the persons whose signs stand in a text, each
// once, in the order of the text.
func Mentioned(text string) (all []int) {
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		if n := number(m[1]); !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// Mentions is a text with words in the place of the signs.
func Mentions(text string, say func(n int) string) string {
	return mention.ReplaceAllStringFunc(text, func(sign string) string { return say(number(sign[1 : len(sign)-1])) })
}

// Mentions is the rendering of a text with words in the place of the signs,
// each marked as a mention.
func (h HTML) Mentions(say func(n int) string) HTML {
	return HTML(Mentions(string(h), func(n int) string { return `<bdi class="mention">` + html.EscapeString(say(n)) + `</bdi>` }))
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // the expression takes digits only
	return n
}
