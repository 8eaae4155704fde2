package file_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/blob/disk"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

var (
	visitor = hub.Viewer{}
	author  = hub.Viewer{Person: "person-1", Role: hub.RoleMember, Mechanism: "MDA"}
	other   = hub.Viewer{Person: "person-2", Role: hub.RoleMember, Mechanism: "MAR"}
)

// reading answers as a file says that it wants to be read.
func reading(_ context.Context, _ string, f io.Reader, _ int64) (extract.Text, error) {
	raw, err := io.ReadAll(f)
	if err != nil {
		return extract.Text{}, err
	}
	switch string(raw) {
	case "locked":
		return extract.Text{}, extract.ErrEncrypted
	case "damaged":
		return extract.Text{}, extract.ErrDamaged
	case "huge":
		return extract.Text{}, extract.ErrTooLarge
	case "foreign":
		return extract.Text{}, extract.ErrUnsupported
	case "later":
		return extract.Text{}, extract.ErrBusy
	case "pictures":
		return extract.Text{Pages: []string{"", " "}, Count: 2, Cover: []byte("jpeg")}, nil
	}
	return extract.Text{Pages: []string{string(raw), "second page"}, Count: 2, Cover: []byte("jpeg")}, nil
}

func open(t *testing.T) (*file.Service, *hub.Record) {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), record.Collections())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	door, err := access.New(policies.Files, store)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	records := &record.Service{
		Door: door, Store: store, Catalogue: record.NewCatalogue(func(s hub.State, _ hub.Lang) string { return string(s) }),
		Kinds: map[hub.Kind]record.Kind{hub.Practice: practice.Kind()}, Region: func(hub.State) string { return "" },
		Now: func() time.Time { return time.Now().UTC() }, NewID: hub.NewID,
	}
	r, err := records.Create(t.Context(), author, hub.Record{
		Kind: hub.Practice, Slug: "with-files", Tier: hub.TierPublic, Original: hub.English, Versions: []hub.Version{{Lang: hub.English, Title: "With files"}},
		Body: record.Encode(practice.Practice{Capacity: "coordination", Stage: "running", Evidence: "self-reported"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &file.Service{Records: records, Blobs: blobs, Read: reading, NewID: hub.NewID}, r
}

func TestAttach(t *testing.T) {
	s, r := open(t)
	for content, want := range map[string]string{"words": hub.TextRead, "pictures": hub.TextNone, "locked": hub.TextLocked, "damaged": hub.TextDamaged, "huge": hub.TextTooLarge} {
		var err error
		if r, err = s.Attach(t.Context(), author, r, `C:\folder\re"port.PDF`, hub.English, strings.NewReader(content)); err != nil {
			t.Fatalf("%s: %v", content, err)
		}
		a := r.Attachments[len(r.Attachments)-1]
		if a.Text != want || a.Name != "report.PDF" || a.Bytes != int64(len(content)) || a.Type != "application/pdf" {
			t.Errorf("%s: %+v", content, a)
		}
		pages, err := s.Pages(t.Context(), a)
		if err != nil || (want == hub.TextRead) != slices.Equal(pages, []string{"words", "second page"}) {
			t.Errorf("%s: pages %q, %v", content, pages, err)
		}
		// The draft is its author's: nobody else has the file, whatever its id.
		_, f, err := s.Open(t.Context(), author, a.ID)
		if err != nil {
			t.Fatalf("%s: %v", content, err)
		}
		if got, _ := io.ReadAll(f); string(got) != content {
			t.Errorf("%s: kept %q", content, got)
		}
		f.Close()
		for _, v := range []hub.Viewer{visitor, other} {
			if _, _, err := s.Open(t.Context(), v, a.ID); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s: %q opens it: %v", content, v.Person, err)
			}
			if _, err := s.Cover(t.Context(), v, a.ID); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s: %q sees its cover: %v", content, v.Person, err)
			}
		}
	}
}

// TestRefused: what is refused leaves nothing behind.
func TestRefused(t *testing.T) {
	s, r := open(t)
	for _, c := range []struct {
		name, content string
		viewer        hub.Viewer
		want          error
	}{
		{"page.html", "words", author, &hub.Invalid{}},
		{"noending", "words", author, &hub.Invalid{}},
		{"evil.pdf", "foreign", author, &hub.Invalid{}},
		{"later.pdf", "later", author, extract.ErrBusy},
		{"others.pdf", "words", other, hub.ErrNotFound},
		{"large.pdf", strings.Repeat("x", file.MaxFile+1), author, &hub.Invalid{}},
	} {
		var invalid *hub.Invalid
		s.NewID = func() string { return "refused" }
		_, err := s.Attach(t.Context(), c.viewer, r, c.name, hub.English, strings.NewReader(c.content))
		if _, wantInvalid := c.want.(*hub.Invalid); wantInvalid != errors.As(err, &invalid) || !wantInvalid && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		for _, key := range []string{"refused", "refused.pages", "refused.cover"} {
			if _, _, err := s.Blobs.Open(t.Context(), key); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s: %s was left: %v", c.name, key, err)
			}
		}
	}
}
