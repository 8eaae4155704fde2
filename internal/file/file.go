// Package file keeps the files of records, their text and their covers. Who
// may read a record may read its files, and nobody else may.
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/blob"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// MaxFile is the greatest size of a file in bytes.
const MaxFile = 25 << 20

// Service keeps files. Its fields are set once. Safe for concurrent use.
type Service struct {
	Records *record.Service
	Blobs   blob.Store
	Read    func(ctx context.Context, name string, file io.Reader, size int64) (extract.Text, error)
	NewID   func() string
}

// Keys of what is kept for a file: the file, its pages as JSON, its cover.
func fileKey(id string) string  { return id }
func pagesKey(id string) string { return id + ".pages" }
func coverKey(id string) string { return id + ".cover" }

// Attach adds a file to a record. A file whose text cannot be read is kept
// without it, and Attachment.Text says why; one of a kind that the hub does
// not take is refused with hub.Invalid (field "file"). Errors as
// record.Service.Save.
func (s *Service) Attach(ctx context.Context, v hub.Viewer, r *hub.Record, name string, l hub.Lang, content io.Reader) (*hub.Record, error) {
	a, err := s.Keep(ctx, name, l, content)
	if err != nil {
		return nil, err
	}
	next, err := s.Records.Attach(ctx, v, r.ID, r.Rev, a)
	if err != nil {
		s.Forget(context.WithoutCancel(ctx), a.ID)
		return nil, err
	}
	return next, nil
}

// Keep keeps a file, with its text and its cover, that belongs to nothing yet:
// nobody can open it until it does. Whoever joins it to nothing has it
// forgotten. Errors as Attach.
func (s *Service) Keep(ctx context.Context, name string, l hub.Lang, content io.Reader) (hub.Attachment, error) {
	a := hub.Attachment{ID: s.NewID(), Name: tidy(name), Lang: l}
	if a.Type = mediaType(a.Name); a.Type == "" {
		return a, &hub.Invalid{Field: "file", Reason: hub.ReasonUnknown, Value: path.Ext(a.Name)}
	}
	sum := sha256.New()
	n, err := s.Blobs.Put(ctx, fileKey(a.ID), io.TeeReader(content, sum), MaxFile)
	if err != nil {
		return a, err
	}
	a.Bytes, a.Sum = n, hex.EncodeToString(sum.Sum(nil))
	if err := s.read(ctx, &a); err != nil {
		s.Forget(context.WithoutCancel(ctx), a.ID)
		return a, err
	}
	return a, nil
}

// read takes text and cover out of a kept file.
func (s *Service) read(ctx context.Context, a *hub.Attachment) error {
	f, size, err := s.Blobs.Open(ctx, fileKey(a.ID))
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := s.Read(ctx, a.Name, f, size)
	if a.Text = why(text, err); a.Text == "" {
		return fmt.Errorf("read the file: %w", err)
	}
	if a.Text == hub.TextForeign {
		return &hub.Invalid{Field: "file", Reason: hub.ReasonFormat, Value: a.Name}
	}
	a.Pages, a.Cover = text.Count, len(text.Cover) > 0
	if a.Text == hub.TextRead {
		pages, err := json.Marshal(text.Pages)
		if err != nil {
			return err
		}
		if _, err := s.Blobs.Put(ctx, pagesKey(a.ID), bytes.NewReader(pages), maxPages); err != nil {
			return err
		}
	}
	if a.Cover {
		if _, err := s.Blobs.Put(ctx, coverKey(a.ID), bytes.NewReader(text.Cover), MaxFile); err != nil {
			return err
		}
	}
	return nil
}

// maxPages is the greatest size of the pages of a file as JSON: each byte of
// text may be written with six.
const maxPages = 6*extract.MaxText + 8*extract.MaxPages

// why says what became of a file's text; empty for an error that is not the
// file's.
func why(text extract.Text, err error) string {
	switch {
	case errors.Is(err, extract.ErrEncrypted):
		return hub.TextLocked
	case errors.Is(err, extract.ErrDamaged):
		return hub.TextDamaged
	case errors.Is(err, extract.ErrTooLarge):
		return hub.TextTooLarge
	case errors.Is(err, extract.ErrUnsupported):
		return hub.TextForeign
	case err != nil:
		return ""
	}
	for _, p := range text.Pages {
		if strings.TrimSpace(p) != "" {
			return hub.TextRead
		}
	}
	return hub.TextNone
}

// Forget removes what was kept of a file that belongs to nothing.
func (s *Service) Forget(ctx context.Context, id string) {
	for _, key := range []string{fileKey(id), pagesKey(id), coverKey(id)} {
		s.Blobs.Delete(ctx, key) // what stays costs room and shows nowhere
	}
}

// Pages are the texts of the pages of an attachment; none for one without
// text. The caller has read the record that it belongs to through the door.
func (s *Service) Pages(ctx context.Context, a hub.Attachment) ([]string, error) {
	if a.Text != hub.TextRead {
		return nil, nil
	}
	f, _, err := s.Blobs.Open(ctx, pagesKey(a.ID))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var pages []string
	if err := json.NewDecoder(f).Decode(&pages); err != nil {
		return nil, fmt.Errorf("read the text of file %s: %w", a.ID, err)
	}
	return pages, nil
}

// Open opens a file for a viewer, with its attachment. hub.ErrNotFound when
// there is none that they may read.
func (s *Service) Open(ctx context.Context, v hub.Viewer, id string) (hub.Attachment, io.ReadSeekCloser, error) {
	a, err := s.Records.Attachment(ctx, v, id)
	if err != nil {
		return a, nil, err
	}
	f, _, err := s.Blobs.Open(ctx, fileKey(id))
	return a, f, err
}

// Cover opens the picture of a file's first page, JPEG, for a viewer.
// hub.ErrNotFound when there is none that they may see.
func (s *Service) Cover(ctx context.Context, v hub.Viewer, id string) (io.ReadSeekCloser, error) {
	a, err := s.Records.Attachment(ctx, v, id)
	if err != nil {
		return nil, err
	}
	if !a.Cover {
		return nil, hub.ErrNotFound
	}
	f, _, err := s.Blobs.Open(ctx, coverKey(id))
	return f, err
}

// mediaTypes are the kinds of files that the hub takes, by their endings.
var mediaTypes = map[string]string{
	".pdf":  "application/pdf",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odp":  "application/vnd.oasis.opendocument.presentation",
	".csv":  "text/csv", ".txt": "text/plain", ".md": "text/markdown",
}

// Endings are those of the files that the hub takes, with their dots.
func Endings() []string { return slices.Sorted(maps.Keys(mediaTypes)) }

func mediaType(name string) string { return mediaTypes[strings.ToLower(path.Ext(name))] }

// maxName is the greatest length of a file's name in runes.
const maxName = 150

// tidy is a file's name without folders and without what cannot be seen.
func tidy(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || strings.ContainsRune(`"<>|:*?`, c) {
			return -1
		}
		return c
	}, name)
	ext := path.Ext(name)
	for utf8.RuneCountInString(name) > maxName && len(ext) < 10 {
		stem := []rune(strings.TrimSuffix(name, ext))
		name = string(stem[:len(stem)-1]) + ext
	}
	return strings.TrimSpace(name)
}
