package discuss_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store/storetest"
)

func (r *room) attachTo(t testing.TB, v hub.Viewer, x discuss.Thread, seq int64, name, text string, off ...string) discuss.File {
	t.Helper()
	f, err := r.AttachTo(t.Context(), v, x.Space, x.Slug, seq, off, name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFilesOnEdit: the author of a post adds files to it and takes some off, in
// one step with its words. What was taken off is there for nobody, at once.
func TestFilesOnEdit(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	x := r.start(t, ana, "network", "How?")
	old := r.attach(t, sam, x, "k", "old.txt", "old")
	p := r.send(t, sam, x, "k", "With one.")
	for v, want := range map[*hub.Viewer]error{&ana: hub.ErrForbidden, &moderator: hub.ErrForbidden, {Person: "s", Role: hub.RoleStakeholder}: hub.ErrNotFound} {
		if _, err := r.AttachTo(t.Context(), *v, x.Space, x.Slug, p.Seq, nil, "x.txt", strings.NewReader("x")); !errors.Is(err, want) {
			t.Errorf("%s attaches to the post of another: %v", v.Person, err)
		}
	}
	fresh := r.attachTo(t, sam, x, p.Seq, "fresh.txt", "fresh")
	if !r.has(t, sam, fresh, "fresh") || r.has(t, ana, fresh, "fresh") || r.has(t, moderator, fresh, "fresh") {
		t.Error("what waits for the edit is not its author's alone")
	}
	if key, err := r.LeftAttached(t.Context(), sam, x.Space, x.ID); err != nil || key != "" {
		t.Errorf("it waits for a new post: %q, %v", key, err)
	}
	if _, err := r.Edit(t.Context(), ana, x.Space, x.Slug, p.Seq, "Mine", time.Time{}, old.ID); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("edited by another: %v", err)
	}
	now, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With another.", time.Time{}, old.ID, "no-such-file")
	if err != nil || len(now.Files) != 1 || now.Files[0].ID != fresh.ID {
		t.Fatalf("%+v, %v", now.Files, err)
	}
	if _, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With another one.", time.Time{}); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("edited unseen: %v", err)
	}
	for _, v := range []hub.Viewer{sam, ana, moderator} {
		if r.has(t, v, old, "old") || !r.has(t, v, fresh, "fresh") {
			t.Errorf("%s has what was taken off, or not what was added", v.Person)
		}
		_, shown, err := r.One(t.Context(), v, x.Space, x.Slug, p.Seq)
		if err != nil || len(shown.Off) != 0 || len(shown.Before) != 1 || !slices.Equal(shown.Before[0].Added, []string{"fresh.txt"}) || !slices.Equal(shown.Before[0].Off, []string{"old.txt"}) || shown.Before[0].Body != "With one." {
			t.Errorf("%s reads %+v, %v", v.Person, shown, err)
		}
	}
	// The same words and files are no change; a file alone is one.
	if same, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With another.", now.Edited); err != nil || len(same.Before) != 1 {
		t.Errorf("nothing changed: %+v, %v", same.Before, err)
	}
	r.pass(time.Minute)
	none, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With another.", now.Edited, fresh.ID)
	if err != nil || len(none.Files) != 0 || len(none.Before) != 2 || !none.Edited.After(now.Edited) {
		t.Errorf("without any: %+v, %v", none, err)
	}
	// As of what is deleted, the content is kept for a while, and then destroyed.
	kept := func(f discuss.File) bool {
		content, err := r.Files.Open(t.Context(), f.ID)
		if err == nil {
			content.Close()
		}
		return err == nil
	}
	r.pass(discuss.KeepDeleted - time.Second)
	if err := r.Sweep(t.Context()); err != nil || !kept(old) && !kept(fresh) {
		t.Errorf("destroyed too early, %v", err)
	}
	r.pass(2 * time.Minute)
	if err := r.Sweep(t.Context()); err != nil || kept(old) || kept(fresh) {
		t.Errorf("kept too long: %v %v, %v", kept(old), kept(fresh), err)
	}
	if has, err := r.HasFiles(t.Context(), "sam"); err != nil || has {
		t.Errorf("something is left of them: %v", err)
	}
}

// TestFilesOnEditAreBounded: a post has no more files after an edit than it
// could have had at first, and a locked thread takes none.
func TestFilesOnEditAreBounded(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	x := r.start(t, ana, "network", "How?")
	for n := range discuss.FilesAPost - 1 {
		r.attach(t, sam, x, "k", fmt.Sprint(n, ".txt"), "x")
	}
	p := r.send(t, sam, x, "k", "With nine.")
	last := r.attachTo(t, sam, x, p.Seq, "last.txt", "x")
	_, err := r.AttachTo(t.Context(), sam, x.Space, x.Slug, p.Seq, nil, "more.txt", strings.NewReader("x"))
	wants(t, "an eleventh", err, "file")
	r.pass(time.Second)
	more := r.attachTo(t, sam, x, p.Seq, "more.txt", "x", p.Files[0].ID)
	_, err = r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With eleven.", time.Time{})
	wants(t, "eleven", err, "file")
	now, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With ten.", time.Time{}, p.Files[0].ID)
	if err != nil || len(now.Files) != discuss.FilesAPost || now.Files[8].ID != last.ID || now.Files[9].ID != more.ID {
		t.Errorf("%d files, %v", len(now.Files), err)
	}
	if err := r.Lock(t.Context(), moderator, x.Space, x.Slug, true, "done"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AttachTo(t.Context(), sam, x.Space, x.Slug, p.Seq, []string{last.ID}, "x.txt", strings.NewReader("x")); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("in a locked thread: %v", err)
	}
}

// TestFilesOnEditStop: wherever the hub stops while a post is edited, its words
// and files are those of before or of after, each file once.
func TestFilesOnEditStop(t *testing.T) {
	for n := 1; n <= 5; n++ {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprint(n, lost), func(t *testing.T) {
				r := newRoom(t)
				r.keeps(t)
				x := r.start(t, ana, "network", "How?")
				old := r.attach(t, sam, x, "k", "old.txt", "old")
				p := r.send(t, sam, x, "k", "With one.")
				fresh := r.attachTo(t, sam, x, p.Seq, "fresh.txt", "fresh")
				f := &storetest.Faulty{Store: r.Store}
				r.Store = f
				f.FailWrite(n, lost, errors.New("the hub stops"))
				edit := func() error {
					_, now, err := r.One(t.Context(), sam, x.Space, x.Slug, p.Seq)
					if err == nil && now.Body == "With one." && r.has(t, ana, old, "old") == r.has(t, ana, fresh, "fresh") {
						t.Error("the words are of before and the files are not")
					}
					if err == nil {
						_, err = r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, "With another.", now.Edited, old.ID)
					}
					return err
				}
				if err := edit(); err != nil {
					f.Mend()
					if err := edit(); err != nil {
						t.Fatal(err)
					}
				}
				f.Mend()
				r.pass(discuss.FileLife + time.Hour)
				if err := r.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				_, now, err := r.One(t.Context(), sam, x.Space, x.Slug, p.Seq)
				if err != nil || len(now.Files) != 1 || now.Files[0].ID != fresh.ID || len(now.Before) != 1 {
					t.Errorf("%+v, %v", now, err)
				}
				if !r.has(t, ana, fresh, "fresh") || r.has(t, sam, old, "old") {
					t.Error("the file that was added is gone, or the other is not")
				}
			})
		}
	}
}
