package finder_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// The figures that searching for a known item must reach, over the questions
// of testdata/eval/queries.csv: its README says how they were made.
const (
	wantRank    = 0.90 // mean reciprocal rank
	wantFirst5  = 0.97 // share found among the first five
	wantEach    = 0.85 // mean reciprocal rank of each language, and with a typo
	evalResults = 10
)

type tally struct {
	n           int
	rank, first float64
}

func (t *tally) add(rank int) {
	t.n++
	if rank > 0 {
		t.rank += 1 / float64(rank)
	}
	if rank > 0 && rank <= 5 {
		t.first++
	}
}

func (t tally) String() string {
	return fmt.Sprintf("%5d   %.3f   %.3f", t.n, t.mean(), t.first/float64(t.n))
}

func (t tally) mean() float64 { return t.rank / float64(t.n) }

// TestKnownItem asks for things that are there in words that people use, and
// looks at which place each stands. HUB_EVAL_MISSES=1 names what is not first.
func TestKnownItem(t *testing.T) {
	h := seeded(t)
	if err := h.keeper.Index.Put(t.Context(), corpus(t)); err != nil {
		t.Fatal(err)
	}
	all, languages, kinds := &tally{}, map[string]*tally{}, map[string]*tally{}
	for _, q := range questions(t) {
		rank := h.place(t, q)
		for _, into := range []*tally{all, of(languages, q.lang), of(kinds, q.kind)} {
			into.add(rank)
		}
		if rank != 1 && os.Getenv("HUB_EVAL_MISSES") != "" {
			t.Logf("%d  %s %s: %s (%s)", rank, q.kind, q.lang, q.words, q.want)
		}
	}
	fmt.Printf("%-10s %5s   %-5s   %s\n", "", "n", "MRR", "success at 5")
	for _, by := range []map[string]*tally{languages, kinds, {"all": all}} {
		for _, name := range slices.Sorted(maps.Keys(by)) {
			fmt.Printf("%-10s %s\n", name, by[name])
		}
	}
	if all.mean() < wantRank || all.first/float64(all.n) < wantFirst5 {
		t.Errorf("all: %s, want at least %.2f and %.2f", all, wantRank, wantFirst5)
	}
	for name, l := range languages {
		if l.mean() < wantEach {
			t.Errorf("%s: %s, want at least %.2f", name, l, wantEach)
		}
	}
	if typos := kinds["typo"]; typos.mean() < wantEach {
		t.Errorf("with a typo: %s, want at least %.2f", typos, wantEach)
	}
}

func of(m map[string]*tally, name string) *tally {
	if m[name] == nil {
		m[name] = &tally{}
	}
	return m[name]
}

type evalQuestion struct {
	kind, lang, words string
	want              []string // ids, or kind/slug of a record; any of them
}

func questions(t *testing.T) []evalQuestion {
	t.Helper()
	f, err := os.Open("testdata/eval/queries.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []evalQuestion
	for _, r := range rows[1:] {
		all = append(all, evalQuestion{r[0], r[1], r[2], strings.Split(r[3], "|")})
	}
	return all
}

// place is where the first of what is wanted stands among the answers; 0 when
// it is not there.
func (h *testHub) place(t *testing.T, q evalQuestion) int {
	t.Helper()
	a, err := h.finder.Index.Search(t.Context(), search.Query{
		Question: search.Parse(q.words, hub.Lang(q.lang), h.finder.Concepts), Shelves: search.Shelves[:], Size: evalResults,
	})
	if err != nil {
		t.Fatalf("%s: %v", q.words, err)
	}
	for i, hit := range a.Hits {
		if slices.Contains(q.want, hit.ID) || slices.Contains(q.want, h.names[hit.ID]) {
			return i + 1
		}
	}
	return 0
}

// corpus is texts beside the records: see testdata/eval/README.md.
func corpus(t *testing.T) []search.Doc {
	t.Helper()
	f, err := os.Open("testdata/eval/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []search.Doc
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var text struct {
			ID, State, Year string
			Names           []string
			Versions        []search.Version
		}
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			t.Fatal(err)
		}
		d := search.Doc{ID: text.ID, Rev: 1, Shelf: search.Shelf(hub.TierPublic), Date: text.Year, Names: text.Names, Versions: text.Versions, Labels: map[hub.Lang]string{}}
		if text.State != "" {
			d.Tags = append(d.Tags, "state="+text.State)
			for _, l := range hub.Langs {
				d.Labels[l] = vocabularyOf(t).StateName(hub.State(text.State), l)
			}
		}
		all = append(all, d)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%d texts, %v", len(all), err)
	}
	return all
}
