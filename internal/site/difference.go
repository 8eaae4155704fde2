package site

import (
	"strings"

	"nmirfhub/internal/differ"
	"nmirfhub/web/part"
)

// difference is in which words two texts differ, as a page shows it.
func difference(was, is string) []part.Piece {
	var all []part.Piece
	for _, p := range differ.Words(was, is) {
		all = append(all, part.Piece{Text: p.Text, Was: p.In == differ.Was, Is: p.In == differ.Is})
	}
	return all
}

// lineDifference is the same of two texts that are given as lines.
func lineDifference(was, is []string) []part.Piece {
	return difference(strings.Join(was, "\n"), strings.Join(is, "\n"))
}
