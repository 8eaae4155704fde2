package finder_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search/words"
)

// TestLoad fills a hub with as many records as HUB_BENCH_RECORDS says, made
// of the sentences of the corpus, and asks filtered, faceted and marked
// questions of three words 50 times a second, whatever the answers take.
func TestLoad(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("HUB_BENCH_RECORDS"))
	if n == 0 {
		t.Skip("HUB_BENCH_RECORDS says with how many records to measure")
	}
	h := empty(t)
	start := time.Now()
	sentences, text := h.fill(t, n)
	fmt.Printf("%d records stored in %s, %d MB of text\n", n, time.Since(start).Round(time.Second), text>>20)
	start = time.Now()
	if err := h.keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("indexed in %s\n", time.Since(start).Round(100*time.Millisecond))
	size := merged(t, h.indexDir)
	fmt.Printf("index %d MB: %.2f times the text\n", size>>20, float64(size)/float64(text))

	random := rand.New(rand.NewPCG(5, 133))
	h.paced(t, "question", 1000, func() func() error {
		ask := finder.Ask{Words: threeWords(random, sentences), Lang: hub.English,
			Filter: map[record.Facet][]string{record.FacetCapacity: {"coordination"}}}
		return func() error {
			_, err := h.finder.Find(t.Context(), hub.Viewer{}, ask)
			return err
		}
	})
	h.paced(t, "suggestion", 1000, func() func() error {
		words := strings.Fields(sentences[random.IntN(len(sentences))])
		word := []rune(words[random.IntN(len(words))])
		typed := string(word[:min(len(word), 2+random.IntN(4))])
		return func() error {
			_, err := h.finder.Suggest(t.Context(), hub.Viewer{}, typed, hub.English, 8)
			return err
		}
	})
}

// threeWords are three words of a sentence in their order, none of them a
// small one.
func threeWords(random *rand.Rand, sentences []string) string {
	for {
		var real []string
		for _, w := range words.Split(sentences[random.IntN(len(sentences))]) {
			if !words.IsStop(w.Fold, hub.English) && len(w.Fold) > 2 {
				real = append(real, w.Fold)
			}
		}
		if n := len(real) - 3; n >= 0 {
			at := random.IntN(n + 1)
			return strings.Join(real[at:at+3], " ")
		}
	}
}

// paced asks 50 times a second and prints how long the answers took, counted
// from when each was due.
func (h *testHub) paced(t *testing.T, name string, n int, next func() func() error) {
	t.Helper()
	asks := make([]func() error, n)
	for i := range asks {
		asks[i] = next()
	}
	for _, ask := range asks[:20] {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	all := make([]time.Duration, n)
	var wg sync.WaitGroup
	due := time.Now()
	for i, ask := range asks {
		due = due.Add(20 * time.Millisecond)
		asked := due
		<-time.After(time.Until(due)) // the load comes at a pace
		wg.Go(func() {
			if err := ask(); err != nil {
				t.Error(err)
			}
			all[i] = time.Since(asked)
		})
	}
	wg.Wait()
	slices.Sort(all)
	fmt.Printf("%s: p50 %s, p99 %s, longest %s\n", name, all[n/2].Round(10*time.Microsecond), all[n*99/100].Round(10*time.Microsecond), all[n-1].Round(10*time.Microsecond))
}

// fill stores n public practices, and says how much text they have in bytes.
func (h *testHub) fill(t *testing.T, n int) (sentences []string, bytes int) {
	t.Helper()
	for _, d := range corpus(t) {
		for _, v := range d.Versions {
			if v.Lang == hub.English {
				for s := range strings.SplitSeq(v.Text, ". ") {
					if words := len(strings.Fields(s)); words > 6 && words < 60 {
						sentences = append(sentences, s)
					}
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(sentences[random.IntN(len(sentences))] + ". ")
		}
		return b.String()
	}
	capacities := []string{"engagement", "coordination", "consultation", "information-management"}
	states := vocabularyOf(t).States()
	for i := range n {
		text := practice.Text{Problem: pick(2), Done: pick(4)}
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(sentences[random.IntN(len(sentences))])
		r := hub.Record{
			ID: hub.NewID(), Kind: hub.Practice, Slug: "practice-" + strconv.Itoa(i), Tier: hub.TierPublic, Original: hub.English, Seed: "load",
			Date: strconv.Itoa(2000 + random.IntN(26)), States: []hub.State{states[random.IntN(len(states))].Code},
			Themes:   []string{"coordination"},
			Body:     record.Encode(practice.Practice{Capacity: capacities[random.IntN(4)], Stage: "running", Evidence: "self-reported", Challenges: []string{"silos"}}),
			Versions: []hub.Version{{Lang: hub.English, Title: strings.Join(words[:min(8, len(words))], " "), Summary: pick(1), Text: raw}},
		}
		bytes += len(raw) + len(r.Versions[0].Title) + len(r.Versions[0].Summary)
		if _, err := h.records.Seed(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.records.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	return sentences, bytes
}

// merged waits until the index has merged its files, when its size stays as it
// is for some looks, and returns the size in bytes.
func merged(t *testing.T, dir string) int64 {
	t.Helper()
	size, same := folderSize(t, dir), 0
	for range time.Tick(time.Second) {
		now := folderSize(t, dir)
		if same++; now != size {
			size, same = now, 0
		}
		if same == 5 {
			break
		}
	}
	return size
}

func folderSize(t *testing.T, dir string) int64 {
	t.Helper()
	var size int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}
