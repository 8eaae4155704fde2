package discuss_test

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestPage: a page has what is there at each moment, whoever wrote it, and
// nobody gets from it what they may not read.
func TestPage(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Pages")
	page := func(v hub.Viewer, from int64) (discuss.Seen, int64) {
		t.Helper()
		space, err := r.Space(t.Context(), ana, "network")
		if err != nil {
			t.Fatal(err)
		}
		now, err := r.Thread(t.Context(), ana, "network", x.Slug)
		if err != nil {
			t.Fatal(err)
		}
		seen, last, err := r.Page(t.Context(), v, space, now, from)
		if err != nil {
			t.Fatal(err)
		}
		return seen, last
	}
	for i := range 24 {
		v := []hub.Viewer{ana, sam}[i%2]
		r.say(t, v, x, "Post")
		if seen, last := page(sam, int64(i/discuss.PostsAPage)*discuss.PostsAPage+1); last != int64(i+2) || len(seen.Posts) == 0 {
			t.Fatalf("after post %d: %d posts, the last is %d", i+2, len(seen.Posts), last)
		}
		r.pass(3 * time.Minute)
	}
	if seen, last := page(sam, 1); len(seen.Posts) != discuss.PostsAPage || last != 25 || seen.Posts[19].Seq != 20 {
		t.Errorf("the first page: %d posts, %d", len(seen.Posts), last)
	}
	if seen, _ := page(sam, 21); len(seen.Posts) != 5 || seen.Posts[0].Seq != 21 {
		t.Errorf("the last page: %+v", seen.Posts)
	}
	// What an act changes is there at once.
	if err := r.React(t.Context(), sam, "network", x.Slug, 24, discuss.Useful); err != nil {
		t.Fatal(err)
	}
	if seen, _ := page(sam, 21); seen.Counts[24][discuss.Useful] != (discuss.Count{All: 1, Mine: true}) {
		t.Errorf("a reaction: %+v", seen.Counts)
	}
	if seen, _ := page(ana, 21); seen.Counts[24][discuss.Useful] != (discuss.Count{All: 1}) {
		t.Errorf("the reaction of another: %+v", seen.Counts)
	}
	if err := r.Hide(t.Context(), moderator, "network", x.Slug, 25, "x"); err != nil {
		t.Fatal(err)
	}
	if seen, _ := page(ana, 21); seen.Posts[4].Body != "" {
		t.Error("what is hidden is read by who did not write it")
	}
	if seen, _ := page(sam, 21); seen.Posts[4].Body == "" {
		t.Error("its author has lost what they wrote")
	}
	g, err := r.Glimpse(t.Context(), x.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []hub.Viewer{hub.Public, somebody("s", hub.RoleStakeholder), somebody("t", hub.RoleTBExpert), somebody("a", hub.RoleAdmin)} {
		if seen, err := r.See(t.Context(), v, g, 1); !errors.Is(err, hub.ErrNotFound) || len(seen.Posts) > 0 {
			t.Errorf("%s sees %d posts, %v", v.Role, len(seen.Posts), err)
		}
	}
	if _, err := r.Glimpse(t.Context(), "none"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("of no thread: %v", err)
	}
}
