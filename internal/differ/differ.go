// Package differ says in which words two texts differ.
package differ

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Side is where a piece of text stands.
type Side int

// The sides of a comparison.
const (
	Both Side = iota
	Was       // in the older text only
	Is        // in the newer text only
)

// Piece is a run of text that stands on a side.
type Piece struct {
	In   Side
	Text string
}

// mostSteps is how many words, taken away or added, are told apart. Texts that
// differ in more are shown as one taken away and one added, but for where they
// begin and end alike: nobody reads such a difference word by word, and its
// cost grows with the square.
const mostSteps = 1000

// Words are the pieces of two texts, in their order: those of Both and Was
// joined are the older text, those of Both and Is the newer one. In scripts
// that do not part words, each character stands for one.
func Words(was, is string) []Piece {
	a, b := cut(was), cut(is)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var p pieces
	p.add(Both, a[:head]...)
	p.between(a[head:len(a)-tail], b[head:len(b)-tail])
	p.add(Both, a[len(a)-tail:]...)
	return p.tidy()
}

// cut cuts a text into words, runs of spaces, and single other characters.
func cut(text string) []string {
	var all []string
	last := other
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		is := sort(r, last)
		if n := len(all); n > 0 && is == last && is != other {
			all[n-1] += text[:size]
		} else {
			all = append(all, text[:size])
		}
		text, last = text[size:], is
	}
	return all
}

// The sorts of characters.
const (
	other = iota
	letter
	space
)

// alone are the scripts that do not part words.
var alone = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

func sort(r rune, last int) int {
	switch {
	case unicode.IsSpace(r):
		return space
	case unicode.In(r, alone...):
		return other
	case unicode.IsLetter(r), unicode.IsDigit(r):
		return letter
	case last == letter && (unicode.IsMark(r) || r == '\u200c' || r == '\u200d'):
		return letter
	}
	return other
}

type pieces []Piece

func (p *pieces) add(in Side, words ...string) {
	if len(words) == 0 {
		return
	}
	text := strings.Join(words, "")
	if n := len(*p); n > 0 && (*p)[n-1].In == in {
		(*p)[n-1].Text += text
		return
	}
	*p = append(*p, Piece{in, text})
}

// between adds the pieces of the words that lie between a common beginning and
// a common end: the shortest way from one to the other, after Myers, "An
// O(ND) difference algorithm and its variations" (1986).
func (p *pieces) between(a, b []string) {
	steps, found := ways(a, b)
	if !found {
		p.add(Was, a...)
		p.add(Is, b...)
		return
	}
	type word struct {
		in   Side
		text string
	}
	var back []word
	x, y := len(a), len(b)
	for d := len(steps) - 1; d >= 0; d-- {
		k := x - y
		from := k - 1
		if goesDown(steps[d], d, k) {
			from = k + 1
		}
		fromX := at(steps[d], d, from)
		for x > max(fromX, 0) && y > max(fromX-from, 0) && a[x-1] == b[y-1] {
			x, y = x-1, y-1
			back = append(back, word{Both, a[x]})
		}
		if d == 0 {
			break
		}
		if from > k {
			y--
			back = append(back, word{Is, b[y]})
		} else {
			x--
			back = append(back, word{Was, a[x]})
		}
	}
	slices.Reverse(back)
	for _, w := range back {
		p.add(w.in, w.text)
	}
}

// ways are, for each number of steps, how far one comes in a on each diagonal
// with one step less; found is false where it takes more than mostSteps.
func ways(a, b []string) (all [][]int, found bool) {
	v := []int{0} // diagonals from -d to d, at -1 for none
	for d := 0; d <= mostSteps; d++ {
		all = append(all, v)
		next := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case goesDown(v, d, k):
				x = at(v, d, k+1)
			default:
				x = at(v, d, k-1) + 1
			}
			for x < len(a) && x-k < len(b) && x >= 0 && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			next[k+d] = x
			if x >= len(a) && x-k >= len(b) {
				return all, true
			}
		}
		v = next
	}
	return nil, false
}

// at is how far one comes on a diagonal with d-1 steps.
func at(v []int, d, k int) int {
	if i := k + d - 1; d > 0 && i >= 0 && i < len(v) {
		return v[i]
	}
	return -1
}

// goesDown says whether the d-th step onto a diagonal adds a word of b.
func goesDown(v []int, d, k int) bool {
	return k == -d || k != d && at(v, d, k-1) < at(v, d, k+1)
}

// tidy makes one change of changes that spaces alone part, and puts what was
// taken away before what was added.
func (p pieces) tidy() []Piece {
	var tidied pieces
	for i := 0; i < len(p); {
		if p[i].In == Both {
			tidied.add(Both, p[i].Text)
			i++
			continue
		}
		var was, is strings.Builder
		for ; i < len(p); i++ {
			if p[i].In == Both && (strings.TrimSpace(p[i].Text) != "" || i+1 == len(p)) {
				break
			}
			if p[i].In != Is {
				was.WriteString(p[i].Text)
			}
			if p[i].In != Was {
				is.WriteString(p[i].Text)
			}
		}
		if was.Len() > 0 {
			tidied.add(Was, was.String())
		}
		if is.Len() > 0 {
			tidied.add(Is, is.String())
		}
	}
	return tidied
}
