package extract

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/responses"
)

// A PDF file says where glyphs stand and not in which order they are read.
// PDFium puts Arabic and Hebrew into reading order as if each file drew them
// from left to right; many draw them from right to left, letter by letter, and
// their words come out backwards. Where the letters stand tells which is so.

// glyph is a character of a page.
type glyph = responses.GetPageTextStructuredChar

// isRightToLeft says whether r belongs to a word that is read from right to left.
func isRightToLeft(r rune) bool {
	switch r {
	case '،', '؛', '؟', 'ـ':
		return true
	}
	return r >= 0x0590 && unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana) && !unicode.IsDigit(r)
}

// inReadingOrder is the text of the glyphs with words that are read from right
// to left put the right way round.
func inReadingOrder(glyphs []*glyph) string {
	var b strings.Builder
	for len(glyphs) > 0 {
		n := wordLength(glyphs)
		if n > 1 {
			turnWord(glyphs[:n])
		}
		n = max(n, 1)
		for _, g := range glyphs[:n] {
			b.WriteString(g.Text)
		}
		glyphs = glyphs[n:]
	}
	return b.String()
}

// wordLength is how many glyphs at the start are one word that is read from
// right to left; combining marks belong to it.
func wordLength(glyphs []*glyph) int {
	n := 0
	for n < len(glyphs) && partOfWord(glyphs[n], n > 0) {
		n++
	}
	return n
}

func partOfWord(g *glyph, inside bool) bool {
	for _, r := range g.Text {
		return isRightToLeft(r) || inside && unicode.Is(unicode.Mn, r)
	}
	return false
}

// turnWord puts the glyphs of a word into reading order.
func turnWord(word []*glyph) {
	right, left, level := directions(word)
	switch {
	case !level:
	case right > left:
		slices.Reverse(word)
	case right == 0 && left == 0 && !isLigature(word):
		// One place for all letters: the file spells the word out beside the
		// drawing, in reading order, and PDFium turned it around.
		slices.Reverse(word)
	}
	for i := range len(word) - 1 {
		if samePlace(word[i], word[i+1]) && isAlef(word[i].Text) && word[i+1].Text == "ل" {
			word[i], word[i+1] = word[i+1], word[i] // one glyph, which is always lam before alef
		}
	}
}

// directions counts the steps from letter to letter to the right and to the
// left. Only level lines are judged.
func directions(word []*glyph) (right, left int, level bool) {
	for i, g := range word {
		if math.Cos(g.Angle) < 0.9 {
			return 0, 0, false
		}
		if i == 0 || samePlace(word[i-1], g) {
			continue
		}
		if middle(g) > middle(word[i-1]) {
			right++
		} else {
			left++
		}
	}
	return right, left, true
}

func middle(g *glyph) float64 { return (g.PointPosition.Left + g.PointPosition.Right) / 2 }

func samePlace(a, b *glyph) bool { return a.PointPosition == b.PointPosition }

func isAlef(s string) bool { return s == "ا" || s == "أ" || s == "إ" || s == "آ" }

// isLigature says that a word has one place because one glyph draws it all;
// PDFium takes such glyphs apart in reading order.
func isLigature(word []*glyph) bool {
	var b strings.Builder
	for _, g := range word {
		b.WriteString(g.Text)
	}
	return slices.Contains([]string{"لا", "لأ", "لإ", "لآ", "الله", "لله"}, b.String())
}
