package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search/words"
)

// Limits of a question. What goes beyond is left out, and Question.Cut says so.
const (
	MaxQuestion = 256 // runes
	MaxWords    = 16
)

// Question is what somebody asks, taken apart. The zero Question asks nothing.
type Question struct {
	Parts []Part     // each must be found
	Not   []Part     // none may be found
	Langs []hub.Lang // in which it may be written, the likeliest first
	Cut   bool       // it was longer than a question may be
}

// Part is a word of a question, the words of a phrase, or words that together
// name a concept.
type Part struct {
	Words   []Word
	Phrase  bool   // the words stand together, in this order
	Prefix  bool   // the last word may go on
	Exact   bool   // an acronym or a number: never read as another with a typo
	Concept string // what the words name; empty for nothing known
	Firm    bool   // names a State: what is not about it is no answer while anything is
	Weak    bool   // says nothing by itself, such as "the": need not be found
}

// Word is a word of a question, as typed and folded.
type Word struct{ Text, Fold string }

// Empty says whether there is nothing to look for.
func (q Question) Empty() bool { return len(q.Parts) == 0 }

// Enough is how many parts must be found when not all can be: three in five,
// and one in three of the pairs of Chinese characters, of which one slip takes
// two.
func (q Question) Enough() int {
	strong, han := 0, 0
	for _, p := range q.Parts {
		if p.Weak {
			continue
		}
		strong++
		if words.ScriptOf(p.Words[0].Fold) == words.Han {
			han++
		}
	}
	if han*2 > strong {
		return max(1, strong/3)
	}
	return max(1, (strong*3+4)/5)
}

// Parse takes a question apart. Every text is a question: what cannot be
// understood is read as words, and what holds no word asks nothing.
//
//	words       each must be found
//	"a phrase"  its words together; of an odd mark of quotation nothing is made
//	-word       must not be found; also -"a phrase"
//	begin*      words that begin so, from three letters
//
// lang is the language of the reader.
func Parse(raw string, lang hub.Lang, concepts *Concepts) Question {
	text, cut := clean(raw)
	q := Question{Cut: cut}
	q.Langs = languages(text, lang)
	left := MaxWords
	for _, piece := range pieces(text) {
		split := words.Split(piece.text)
		if len(split) > left {
			split, q.Cut = split[:left], true
		}
		left -= len(split)
		parts := partsOf(piece, split, q.Langs, concepts)
		if piece.not {
			q.Not = append(q.Not, parts...)
		} else {
			q.Parts = append(q.Parts, parts...)
		}
	}
	q.strengthen()
	return q
}

// clean is the text without what cannot be seen, at most MaxQuestion runes.
func clean(raw string) (text string, cut bool) {
	if len(raw) > 8*MaxQuestion {
		raw, cut = raw[:8*MaxQuestion], true
	}
	text = strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError || unicode.IsControl(c):
			return ' '
		case unicode.Is(unicode.Cf, c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(raw, " "))
	if runes := []rune(text); len(runes) > MaxQuestion {
		return string(runes[:MaxQuestion]), true
	}
	return text, cut
}

// piece is a stretch of a question between marks.
type piece struct {
	text        string
	phrase, not bool
}

const (
	quotes = "\"“”„«»「」『』"
	minus  = "-−–"
)

// pieces cuts a question at marks of quotation and at what is to be left out.
func pieces(text string) []piece {
	var all []piece
	for text != "" {
		open := strings.IndexAny(text, quotes)
		if open < 0 {
			return append(all, plainPieces(text)...)
		}
		_, size := utf8.DecodeRuneInString(text[open:])
		shut := strings.IndexAny(text[open+size:], quotes)
		if shut < 0 {
			return append(all, plainPieces(text[:open]+" "+text[open+size:])...)
		}
		before, not := strings.TrimRight(text[:open], minus), false
		if len(before) < open && (before == "" || strings.HasSuffix(before, " ")) {
			not = true
		}
		all = append(all, plainPieces(before)...)
		all = append(all, piece{text[open+size : open+size+shut], true, not})
		_, last := utf8.DecodeRuneInString(text[open+size+shut:])
		text = text[open+size+shut+last:]
	}
	return all
}

// plainPieces cuts out the words to be left out.
func plainPieces(text string) []piece {
	var all []piece
	var plain []string
	for _, chunk := range strings.Fields(text) {
		if rest := strings.TrimLeft(chunk, minus); rest != chunk && rest != "" {
			all = append(all, piece{text: rest, not: true})
			continue
		}
		plain = append(plain, chunk)
	}
	if len(plain) > 0 {
		all = append([]piece{{text: strings.Join(plain, " ")}}, all...)
	}
	return all
}

// partsOf makes the parts of a piece: one for a phrase or for what is to be
// left out, else one for each concept and each other word.
func partsOf(p piece, split []words.Word, langs []hub.Lang, concepts *Concepts) []Part {
	if len(split) == 0 {
		return nil
	}
	if p.phrase || p.not {
		return []Part{{Words: wordsOf(p.text, split), Phrase: len(split) > 1, Exact: true}}
	}
	stems := make([][]string, len(langs))
	for i, l := range langs {
		stems[i] = stemsOf(p.text, split, l)
	}
	var all []Part
	for i := 0; i < len(split); {
		best := Span{From: i, To: i}
		for j, l := range langs {
			concepts.longest(&best, split, stems[j], l, func(words.Word) bool { return true })
		}
		to := max(best.To, i+1)
		part := partOf(p.text, split[i:to], best.Concept, langs)
		part.Firm = concepts.Concept(best.Concept).Firm
		all = append(all, part)
		i = to
	}
	return all
}

func partOf(text string, split []words.Word, concept string, langs []hub.Lang) Part {
	p := Part{Words: wordsOf(text, split), Concept: concept}
	last := split[len(split)-1]
	p.Prefix = strings.HasPrefix(text[last.End:], "*") && utf8.RuneCountInString(last.Fold) >= MinPrefix
	p.Exact = concept != "" || strings.ContainsAny(last.Fold, "0123456789")
	p.Weak = concept == "" && slices.ContainsFunc(langs, func(l hub.Lang) bool { return words.IsStop(last.Fold, l) })
	return p
}

// MinPrefix is from how many letters on the beginning of a word is looked for.
const MinPrefix = 3

func wordsOf(text string, split []words.Word) []Word {
	all := make([]Word, len(split))
	for i, w := range split {
		all[i] = Word{text[w.Start:w.End], w.Fold}
	}
	return all
}

// strengthen lets words that say nothing by themselves count where there are
// no others.
func (q *Question) strengthen() {
	for _, p := range q.Parts {
		if !p.Weak {
			return
		}
	}
	for i := range q.Parts {
		q.Parts[i].Weak = false
	}
}

// languages are those in which a question may be written: the languages of
// its scripts, the reader's first unless its words say otherwise.
func languages(text string, reader hub.Lang) []hub.Lang {
	score := map[hub.Lang]int{}
	for _, w := range words.Split(text) {
		script := words.ScriptOf(w.Fold)
		if script == words.Other {
			continue
		}
		for _, l := range script.Languages() {
			score[l]++
			if words.IsStop(w.Fold, l) {
				score[l] += 2
			}
			score[l] += letters(text[w.Start:w.End], l)
		}
	}
	var all []hub.Lang
	for _, l := range hub.Langs {
		if score[l] > 0 {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return []hub.Lang{reader}
	}
	if score[reader] > 0 {
		score[reader]++
	}
	slices.SortStableFunc(all, func(a, b hub.Lang) int { return score[b] - score[a] })
	return all
}

// telling are letters that one of the languages in Latin script writes and
// most others do not.
var telling = map[hub.Lang]string{
	hub.Spanish: "ñ¿¡ó", hub.Portuguese: "ãõç", hub.French: "èêçœàù",
}

func letters(word string, l hub.Lang) int {
	if strings.ContainsAny(strings.ToLower(word), telling[l]) && telling[l] != "" {
		return 2
	}
	return 0
}
