package finder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// TestTalkLoad fills a hub with as many posts as HUB_BENCH_POSTS says, in
// threads of forty, and asks as TestLoad does; then it looks through a space
// whose members are named.
func TestTalkLoad(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("HUB_BENCH_POSTS"))
	if n == 0 {
		t.Skip("HUB_BENCH_POSTS says with how many posts to measure")
	}
	h := empty(t)
	h.spaces(t)
	sentences, _ := h.fill(t, 1)
	random := rand.New(rand.NewPCG(3, 4))
	bytes := h.posts(t, "in-network", n, sentences, random)
	h.posts(t, "in-closed", 10_000, sentences, random)
	start := time.Now()
	if err := h.keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%d posts, %d MB, indexed in %s\n", n, bytes>>20, time.Since(start).Round(100*time.Millisecond))
	size := merged(t, h.indexDir)
	fmt.Printf("index %d MB: %.2f times the text\n", size>>20, float64(size)/float64(bytes))
	start = time.Now()
	if d, err := h.keeper.Compare(t.Context()); err != nil || !d.Empty() {
		t.Fatalf("%v, %v", d, err)
	}
	fmt.Printf("compared in %s\n", time.Since(start).Round(10*time.Millisecond))
	h.paced(t, "question", 1000, func() func() error {
		ask := finder.Ask{Words: threeWords(random, sentences), Lang: hub.English, Kinds: []hub.Kind{finder.KindThread}}
		return func() error {
			_, err := h.finder.Find(t.Context(), member, ask)
			return err
		}
	})
	for range 5 {
		ask := finder.Ask{Words: threeWords(random, sentences), Lang: hub.English, Space: "in-closed"}
		start = time.Now()
		r, err := h.finder.Find(t.Context(), member, ask)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("looked through %d posts in %s: %d found\n", r.Covered.Posts, time.Since(start).Round(time.Millisecond), r.Total)
	}
}

// posts stores n posts as they are kept, without the limits of people.
func (h *testHub) posts(t *testing.T, space string, n int, sentences []string, random *rand.Rand) (bytes int) {
	t.Helper()
	const inThread = 40
	ctx := context.Background()
	put := func(collection, id string, keys map[string]store.Value, v any) {
		body, err := json.Marshal(v)
		if err == nil {
			err = h.store.Insert(ctx, collection, store.Doc{ID: id, Keys: keys, Body: body})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().UTC()
	for i := 0; i < n; i += inThread {
		id := hub.NewID()
		at := now.Add(-time.Duration(i) * time.Minute)
		x := discuss.Thread{ID: id, Space: space, Slug: "thread-" + strconv.Itoa(i), Title: firstWords(sentences[random.IntN(len(sentences))]), Lang: hub.English, By: "p", Created: at, Active: at, Posts: inThread}
		put("threads", id, map[string]store.Value{"space": space, "slug": x.Slug, "active": at.UnixMicro()}, x)
		for seq := int64(1); seq <= inThread; seq++ {
			var body strings.Builder
			for range 3 {
				body.WriteString(sentences[random.IntN(len(sentences))] + ". ")
			}
			bytes += body.Len()
			p := discuss.Post{Thread: id, Space: space, Seq: seq, By: "p", Body: body.String(), Lang: hub.English, Once: hub.NewID(), Created: at}
			put("posts", fmt.Sprintf("%s-%d", id, seq), map[string]store.Value{"thread": id, "seq": seq, "once": p.Once, "author": "p", "created": at.UnixMicro()}, p)
		}
	}
	return bytes
}

func firstWords(sentence string) string {
	all := strings.Fields(sentence)
	return strings.Join(all[:min(8, len(all))], " ")
}
