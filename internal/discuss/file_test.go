package discuss_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/blob/disk"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
)

// keeps gives a room a folder for files. Its files are texts: nothing is drawn.
func (r *room) keeps(t testing.TB) {
	t.Helper()
	blobs, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r.Files = &file.Loose{Blobs: blobs}
}

func (r *room) attach(t testing.TB, v hub.Viewer, x discuss.Thread, key, name, text string) discuss.File {
	t.Helper()
	f, err := r.Attach(t.Context(), v, x.Space, x.Slug, key, name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// has says whether somebody may have a file, and that it is whole.
func (r *room) has(t testing.TB, v hub.Viewer, f discuss.File, text string) bool {
	t.Helper()
	_, content, err := r.File(t.Context(), v, f.ID)
	if errors.Is(err, hub.ErrNotFound) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	raw, err := io.ReadAll(content)
	if err != nil || string(raw) != text {
		t.Errorf("the file holds %q, %v", raw, err)
	}
	return true
}

func (r *room) send(t testing.TB, v hub.Viewer, x discuss.Thread, key, body string) discuss.Post {
	t.Helper()
	p, err := r.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: body, Lang: hub.English, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kept says whether the content of a file is on the disk.
func (r *room) kept(t testing.TB, f discuss.File) bool {
	t.Helper()
	content, err := r.Files.Open(t.Context(), f.ID)
	if err == nil {
		content.Close()
	}
	return err == nil
}

// TestFiles: who reads the words of a post may have its files, at each moment,
// and nobody else.
func TestFiles(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	ben, stranger := somebody("ben", hub.RoleMember), somebody("stranger", hub.RoleTBExpert)
	x := r.start(t, ana, "network", "Files")
	const text = "date,what\n2026,report"
	f := r.attach(t, sam, x, "k1", `C:\plans\..\agenda.csv`, text)
	if f.Name != "agenda.csv" || f.Type != "text/csv" || f.Bytes != int64(len(text)) || len(f.Sum) != 64 {
		t.Errorf("%+v", f)
	}
	if !r.has(t, sam, f, text) || r.has(t, ben, f, text) || r.has(t, moderator, f, text) || r.has(t, hub.Public, f, text) {
		t.Error("a file that waits is for who attached it")
	}
	if key, err := r.LeftAttached(t.Context(), sam, "network", x.ID); err != nil || key != "k1" {
		t.Errorf("goes on with %q, %v", key, err)
	}
	p := r.send(t, sam, x, "k1", "See the agenda.")
	if len(p.Files) != 1 || p.Files[0] != f {
		t.Fatalf("%+v", p.Files)
	}
	if again := r.send(t, sam, x, "k1", "See the agenda."); again.Seq != p.Seq || len(again.Files) != 1 {
		t.Errorf("sent twice: %+v", again)
	}
	if key, err := r.LeftAttached(t.Context(), sam, "network", x.ID); err != nil || key != "" {
		t.Errorf("after posting it goes on with %q, %v", key, err)
	}
	reads := func(when string, want ...hub.Viewer) {
		t.Helper()
		for _, v := range []hub.Viewer{sam, ben, moderator, stranger, hub.Public, somebody("a", hub.RoleAdmin)} {
			may := slices.ContainsFunc(want, func(w hub.Viewer) bool { return w.Person == v.Person })
			if r.has(t, v, f, text) != may {
				t.Errorf("%s: %q has it: %v", when, v.Person, !may)
			}
		}
	}
	reads("posted", sam, ben, moderator)
	for _, c := range []struct {
		act  func() error
		name string
		want []hub.Viewer
	}{
		{func() error { return r.Hide(t.Context(), moderator, "network", x.Slug, p.Seq, "why") }, "hidden", []hub.Viewer{sam, moderator}},
		{func() error { return r.Show(t.Context(), moderator, "network", x.Slug, p.Seq) }, "shown", []hub.Viewer{sam, ben, moderator}},
		{func() error { return r.Delete(t.Context(), sam, "network", x.Slug, p.Seq, "") }, "deleted", nil},
	} {
		if err := c.act(); err != nil {
			t.Fatal(err)
		}
		reads(c.name, c.want...)
	}
	if !r.kept(t, f) {
		t.Error("a deleted file goes at once")
	}
	r.pass(discuss.KeepDeleted + time.Second)
	for range 2 {
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r.kept(t, f) {
		t.Error("a file of a post that was deleted long ago is kept")
	}
}

// TestFilesFollow: files go with their post when it is split off or moved, and
// with the thread when it is destroyed.
func TestFilesFollow(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	keeper := moderator
	keeper.Fresh = r.now().Add(time.Hour)
	if err := r.Admit(t.Context(), keeper, "dialogue", "inside"); err != nil {
		t.Fatal(err)
	}
	inside, outside := somebody("inside", hub.RoleMember), somebody("outside", hub.RoleStakeholder)
	x := r.start(t, ana, "registered", "Follows")
	f := r.attach(t, sam, x, "k1", "a.txt", "of the post")
	p := r.send(t, sam, x, "k1", "With a file")
	off, err := r.Split(t.Context(), moderator, x.Space, x.Slug, p.Seq, "Split off", "of its own")
	if err != nil {
		t.Fatal(err)
	}
	if !r.has(t, outside, f, "of the post") {
		t.Error("after the split it is lost")
	}
	if _, err := r.Move(t.Context(), keeper, off.Space, off.Slug, "dialogue", "for few"); err != nil {
		t.Fatal(err)
	}
	if r.has(t, outside, f, "of the post") || r.has(t, sam, f, "of the post") || !r.has(t, inside, f, "of the post") {
		t.Error("after the move it is not for the members alone")
	}
	if err := r.Dismiss(t.Context(), keeper, "dialogue", "inside", "left"); err != nil {
		t.Fatal(err)
	}
	if r.has(t, inside, f, "of the post") {
		t.Error("who was dismissed still has it")
	}
	if err := r.SetSpace(t.Context(), keeper, "dialogue", func(x *discuss.Space) { x.Keep = 1 }); err != nil {
		t.Fatal(err)
	}
	r.pass(40 * 24 * time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.kept(t, f) {
		t.Error("the thread is destroyed and its file is kept")
	}
}

// TestFilesHeld: the file of a post that waits for a moderator waits with it.
func TestFilesHeld(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) { x.Holds = true }); err != nil {
		t.Fatal(err)
	}
	x := r.start(t, moderator, "network", "Held")
	f := r.attach(t, sam, x, "k1", "a.txt", "held")
	p := r.send(t, sam, x, "k1", "My first")
	if !p.Held || r.has(t, ana, f, "held") || !r.has(t, sam, f, "held") || !r.has(t, moderator, f, "held") {
		t.Error("the file of a post that is held is not for its author and the moderators alone")
	}
	if all, _ := r.read(t, ana, x, 1); len(all[1].Files) != 0 {
		t.Errorf("its name is known: %+v", all[1].Files)
	}
	if err := r.Show(t.Context(), moderator, "network", x.Slug, p.Seq); err != nil {
		t.Fatal(err)
	}
	if !r.has(t, ana, f, "held") {
		t.Error("once shown it is not there")
	}
}

// TestFilesLeft: what was attached and never posted goes after a day; what is
// posted at the last moment stays; what somebody takes off goes at once, and is
// nobody else's to take.
func TestFilesLeft(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	x := r.start(t, ana, "network", "Left")
	left, late := r.attach(t, sam, x, "k1", "left.txt", "left"), r.attach(t, sam, x, "k2", "late.txt", "late")
	off := r.attach(t, sam, x, "k2", "off.txt", "off")
	for _, c := range []struct {
		v   hub.Viewer
		key string
	}{{ana, "k2"}, {sam, "k1"}, {hub.Public, "k2"}} {
		if err := r.TakeOff(t.Context(), c.v, c.key, off.ID); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q takes it off: %v", c.v.Person, err)
		}
		if err := r.Describe(t.Context(), c.v, c.key, off.ID, "x"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q describes it: %v", c.v.Person, err)
		}
	}
	if all, err := r.Attached(t.Context(), ana, "k2"); err != nil || len(all) != 0 {
		t.Errorf("another with the same key has %v, %v", all, err)
	}
	if err := r.Describe(t.Context(), sam, "k2", late.ID, " A plan\nof the year "); err != nil {
		t.Fatal(err)
	}
	if err := r.TakeOff(t.Context(), sam, "k2", off.ID); err != nil || r.kept(t, off) {
		t.Errorf("taken off: %v", err)
	}
	r.pass(discuss.FileLife + time.Minute)
	if p := r.send(t, sam, x, "k2", "At last"); len(p.Files) != 1 || p.Files[0].ID != late.ID || p.Files[0].Alt != "A plan of the year" {
		t.Errorf("%+v", p.Files)
	}
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.kept(t, left) || !r.has(t, ana, late, "late") {
		t.Error("the sweep takes what was posted, or leaves what was not")
	}
	if p := r.send(t, sam, x, "k1", "Without"); len(p.Files) != 0 {
		t.Errorf("%+v", p.Files)
	}
}

// failing is a store of files that loses its line.
type failing struct{ discuss.Keeper }

func (failing) Keep(context.Context, string, string, io.Reader) (hub.Attachment, error) {
	return hub.Attachment{}, hub.ErrUnavailable
}

func (failing) Drop(context.Context, string) error { return hub.ErrUnavailable }

// TestFilesCrash: a file whose removal or arrival was stopped is removed by the
// sweep; one that a post has and that does not know it stays.
func TestFilesCrash(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	x := r.start(t, ana, "network", "Crash")
	f, off := r.attach(t, sam, x, "k1", "a.txt", "posted"), r.attach(t, sam, x, "k1", "b.txt", "taken off")
	whole := r.Files
	r.Files = failing{whole}
	if _, err := r.Attach(t.Context(), sam, x.Space, x.Slug, "k1", "c.txt", strings.NewReader("c")); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("a file that is not kept: %v", err)
	}
	if err := r.TakeOff(t.Context(), sam, "k1", off.ID); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("a file that is not removed: %v", err)
	}
	r.Files = whole
	p := r.send(t, sam, x, "k1", "With one file")
	if len(p.Files) != 1 || p.Files[0].ID != f.ID {
		t.Fatalf("%+v", p.Files)
	}
	// As a crash between the post and its files leaves it.
	d, err := r.Store.Get(t.Context(), "post-files", f.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.Body = []byte(strings.Replace(string(d.Body), `"bound":true`, `"kept":true`, 1))
	d.Keys["waits"] = r.now().UnixMicro()
	if err := r.Store.Update(t.Context(), "post-files", d); err != nil {
		t.Fatal(err)
	}
	r.pass(discuss.FileLife + time.Minute)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !r.has(t, ana, f, "posted") || r.kept(t, off) {
		t.Error("the sweep took what was posted, or left what was taken off")
	}
	for _, id := range []string{off.ID} {
		if _, err := r.Store.Get(t.Context(), "post-files", id); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("it is still known: %v", err)
		}
	}
}

// TestFileLimits: how much somebody attaches, and what is refused.
func TestFileLimits(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	x := r.start(t, ana, "network", "Limits")
	try := func(v hub.Viewer, key, name, text string) error {
		_, err := r.Attach(t.Context(), v, x.Space, x.Slug, key, name, strings.NewReader(text))
		return err
	}
	var invalid *hub.Invalid
	for name, c := range map[string]struct{ file, text, reason string }{
		"Parent": {"..", "x", hub.ReasonUnknown}, "NoEnding": {"readme", "x", hub.ReasonUnknown}, "SVG": {"a.svg", "<svg/>", hub.ReasonUnknown}, "HTML": {"a.html", "<html>", hub.ReasonUnknown},
		"Archive": {"a.zip", "PK\x03\x04", hub.ReasonUnknown}, "XML": {"a.xml", "<?xml?>", hub.ReasonUnknown}, "Liar": {"a.pdf", "<html>", hub.ReasonFormat}, "HTMLText": {"a.txt", "<!doctype html>", hub.ReasonFormat},
		"Empty": {"a.txt", "", hub.ReasonFormat}, "Huge": {"a.txt", strings.Repeat("x", file.MaxFile+1), hub.ReasonTooLong},
	} {
		if err := try(sam, "k0", c.file, c.text); !errors.As(err, &invalid) || invalid.Field != "file" || invalid.Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := r.Attached(t.Context(), sam, "k0"); err != nil || len(all) != 0 {
		t.Errorf("what was refused is attached: %v, %v", all, err)
	}
	for _, v := range []hub.Viewer{hub.Public, somebody("t", hub.RoleTBExpert), somebody("a", hub.RoleAdmin)} {
		if err := try(v, "k1", "a.txt", "x"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q attaches: %v", v.Person, err)
		}
	}
	if err := try(sam, "", "a.txt", "x"); !errors.As(err, &invalid) || invalid.Field != "key" {
		t.Errorf("without a key: %v", err)
	}
	for n := range discuss.FilesAPost {
		r.attach(t, ana, x, "k1", fmt.Sprintf("%d.txt", n), "x")
	}
	if err := try(ana, "k1", "more.txt", "x"); !errors.As(err, &invalid) || invalid.Reason != hub.ReasonRange {
		t.Errorf("too many for a post: %v", err)
	}
	for n := range discuss.FilesAnHour - discuss.FilesAPost {
		r.attach(t, ana, x, fmt.Sprintf("k%d", n+2), "a.txt", "x")
	}
	var many *hub.TooMany
	if err := try(ana, "k99", "a.txt", "x"); !errors.As(err, &many) || many.After != time.Hour {
		t.Errorf("too many within the hour: %v", err)
	}
	r.pass(time.Hour)
	f := r.attach(t, ana, x, "k99", "..\u202egpj.\x00exe."+strings.Repeat("é", 300)+".txt", "x")
	if strings.ContainsAny(f.Name, "\u202e\x00/") || len([]rune(f.Name)) > 150 || !strings.HasSuffix(f.Name, ".txt") {
		t.Errorf("a hostile name: %q", f.Name)
	}
	if err := r.Lock(t.Context(), moderator, "network", x.Slug, true, "over"); err != nil {
		t.Fatal(err)
	}
	if err := try(ana, "k100", "a.txt", "x"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("to a thread that is closed: %v", err)
	}
}

// TestFilesOwn: a person's files are theirs to take along, and go with the
// account; the posts stay.
func TestFilesOwn(t *testing.T) {
	r := newRoom(t)
	r.keeps(t)
	x := r.start(t, ana, "network", "Own")
	f := r.attach(t, sam, x, "k1", "mine.txt", "mine")
	other := r.attach(t, ana, x, "k1", "other.txt", "other")
	r.send(t, sam, x, "k1", "Mine")
	waits := r.attach(t, sam, x, "k2", "waits.txt", "waits")
	var got []string
	err := r.OwnFiles(t.Context(), "sam", func(f discuss.OwnFile, content io.Reader) error {
		raw, err := io.ReadAll(content)
		got = append(got, f.Name+" "+string(raw))
		return err
	})
	if slices.Sort(got); err != nil || strings.Join(got, ", ") != "mine.txt mine, waits.txt waits" {
		t.Errorf("%q, %v", got, err)
	}
	if err := r.Forget(t.Context(), "sam"); err != nil {
		t.Fatal(err)
	}
	if r.kept(t, f) || r.kept(t, waits) || !r.kept(t, other) {
		t.Error("the files of who is forgotten stay, or those of another go")
	}
	if all, _ := r.read(t, ana, x, 1); len(all) != 2 || all[1].Body != "Mine" || len(all[1].Files) != 0 {
		t.Errorf("%+v", all)
	}
}
