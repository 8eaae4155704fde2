package differ_test

import (
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/differ"
)

// shown is a difference in one line: [-taken away-]{+added+}.
func shown(all []differ.Piece) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(map[differ.Side]string{differ.Was: "[-" + p.Text + "-]", differ.Is: "{+" + p.Text + "+}", differ.Both: p.Text}[p.In])
	}
	return b.String()
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{"", "", ""},
		{"same", "same", "same"},
		{"", "all new", "{+all new+}"},
		{"all gone", "", "[-all gone-]"},
		{"two focal points in each ministry", "two named focal points in every ministry", "two {+named +}focal points in [-each-]{+every+} ministry"},
		{"It takes seven months.", "It takes three weeks.", "It takes [-seven months-]{+three weeks+}."},
		{"Le mécanisme\nse réunit", "Le mécanisme\nse réunira", "Le mécanisme\nse [-réunit-]{+réunira+}"},
		{"تجتمع اللجنة كل شهر", "تجتمع اللجنة كل شهرين", "تجتمع اللجنة كل [-شهر-]{+شهرين+}"},
		{"国家机制的报告", "国家机制和报告", "国家机制[-的-]{+和+}报告"},
		{"one, two", "one; two", "one[-,-]{+;+} two"},
		{"\xff broken", "\xfe broken", "[-\xff-]{+\xfe+} broken"},
	} {
		if got := shown(differ.Words(c.was, c.is)); got != c.want {
			t.Errorf("%q to %q: %s, want %s", c.was, c.is, got, c.want)
		}
		rejoins(t, c.was, c.is)
	}
}

// rejoins holds that the pieces are the texts, and that no two neighbours
// stand on one side.
func rejoins(t *testing.T, was, is string) {
	t.Helper()
	var a, b strings.Builder
	all := differ.Words(was, is)
	for i, p := range all {
		if p.Text == "" || i > 0 && all[i-1].In == p.In {
			t.Errorf("%q to %q: piece %d is empty or goes on", was, is, i)
		}
		if p.In != differ.Is {
			a.WriteString(p.Text)
		}
		if p.In != differ.Was {
			b.WriteString(p.Text)
		}
	}
	if a.String() != was || b.String() != is {
		t.Errorf("%q to %q: joined %q and %q", was, is, a.String(), b.String())
	}
}

// TestLong: two long texts that have nothing in common cost little.
func TestLong(t *testing.T) {
	was, is := strings.Repeat("alpha beta ", 20_000), strings.Repeat("gamma delta ", 20_000)
	began := time.Now()
	rejoins(t, "begin "+was+"end", "begin "+is+"end")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("two focal points", "three focal points")
	f.Add("", "\xff\u200d a")
	f.Fuzz(func(t *testing.T, was, is string) { rejoins(t, was, is) })
}
