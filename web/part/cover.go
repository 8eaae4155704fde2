package part

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"
)

// palette is fill, mark and ink of the covers.
var palette = [...][3]string{
	{"#243b53", "#9fb8cf", "#ffffff"}, {"#0b5754", "#84d3c7", "#ffffff"}, {"#e2ebe7", "#0b5754", "#12211f"},
	{"#a8481f", "#f6c9ae", "#ffffff"}, {"#7a4a00", "#efb02e", "#ffffff"},
}

// Sizes of a cover, in units of the drawing and characters of a line.
const (
	coverLine  = 16
	coverLines = 5
)

// patterns are the squares of the covers, drawn once.
var patterns = func() (all [64][]Squares) {
	for i := range all {
		all[i] = pattern(uint64(i))
	}
	return all
}()

// pattern draws squares: a third of a grid of seven by four, by chance that
// is always the same for a seed.
func pattern(seed uint64) []Squares {
	squares := [...]Squares{{Opacity: ".35"}, {Opacity: ".6"}, {Opacity: ".9"}}
	bits := seed
	for row := range 4 {
		for col := range 7 {
			bits = bits*6364136223846793005 + 1442695040888963407
			if bits>>60 < 6 {
				squares[bits>>33%3].Path += fmt.Sprintf("M%d %dh11v11h-11z", 10+15*col, 96+15*row)
			}
		}
	}
	return slices.DeleteFunc(squares[:], func(s Squares) bool { return s.Path == "" })
}

// NewCover draws the cover of a publication by its id and title.
func NewCover(id, title string, rtl bool) Cover {
	h := fnv.New64a()
	h.Write([]byte(id)) // never fails
	seed := h.Sum64()
	colours := palette[seed%uint64(len(palette))]
	squares := patterns[seed/uint64(len(palette))%uint64(len(patterns))]
	return Cover{Fill: colours[0], Mark: colours[1], Ink: colours[2], Squares: squares, Lines: wrap(title), RTL: rtl}
}

// wrap breaks a title into the lines of a cover; what does not fit is left
// off, for the title stands beside it.
func wrap(title string) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(title) {
		switch {
		case line == "":
			line = w
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) <= coverLine:
			line += " " + w
		default:
			lines = append(lines, line)
			line = w
		}
		if len(lines) == coverLines {
			return lines
		}
	}
	return append(lines, line)
}
