package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	_ "image/jpeg" // what pictures are written as
	_ "image/png"
	"io"
	"path"
	"strings"

	"nmirfhub/internal/blob"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/hub"
)

// Loose keeps files of what is no record, by ids that are given to it. Whose
// they are and who may have them is for the giver to know. Its fields are set
// once. Safe for concurrent use.
type Loose struct {
	Blobs blob.Store
	Read  func(ctx context.Context, name string, file io.Reader, size int64) (extract.Text, error) // draws pictures
}

// pictureTypes are the kinds of pictures that are taken, by their endings.
var pictureTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}

// Accepts lists the endings of the files that are taken.
var Accepts = []string{".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".csv", ".txt", ".md", ".png", ".jpg", ".jpeg", ".webp"}

// Keep keeps a file that is what the ending of its name says, a picture as it
// is written anew. It is durable when it returns. hub.Invalid with the field
// "file": ReasonUnknown for a kind that is not taken, ReasonFormat for a file
// that is not what its name says or is damaged, ReasonTooLong for one beyond a
// limit.
func (l *Loose) Keep(ctx context.Context, id, name string, content io.Reader) (hub.Attachment, error) {
	a := hub.Attachment{ID: id, Name: tidy(name)}
	ext := strings.ToLower(path.Ext(a.Name))
	picture := pictureTypes[ext] != ""
	if a.Type = mediaTypes[ext]; picture {
		a.Type = pictureTypes[ext]
	}
	if a.Type == "" {
		return a, &hub.Invalid{Field: "file", Reason: hub.ReasonUnknown, Value: ext}
	}
	raw, err := io.ReadAll(io.LimitReader(content, MaxFile+1))
	if err != nil {
		return a, err
	}
	if len(raw) > MaxFile {
		return a, &hub.Invalid{Field: "file", Reason: hub.ReasonTooLong, Limit: MaxFile}
	}
	if err := refused(extract.Check(a.Name, raw)); err != nil {
		return a, err
	}
	if picture {
		if raw, err = l.drawn(ctx, &a, raw); err != nil {
			return a, err
		}
	}
	sum := sha256.Sum256(raw)
	a.Bytes, a.Sum = int64(len(raw)), hex.EncodeToString(sum[:])
	_, err = l.Blobs.Put(ctx, fileKey(id), bytes.NewReader(raw), MaxFile)
	return a, err
}

// drawn is a picture written anew. Its name and type follow what it became.
func (l *Loose) drawn(ctx context.Context, a *hub.Attachment, raw []byte) ([]byte, error) {
	text, err := l.Read(ctx, a.Name, bytes.NewReader(raw), int64(len(raw)))
	if err := refused(err); err != nil {
		return nil, err
	}
	is, ext := "image/jpeg", ".jpg"
	if bytes.HasPrefix(text.Picture, []byte("\x89PNG")) {
		is, ext = "image/png", ".png"
	}
	if a.Type != is {
		a.Type, a.Name = is, strings.TrimSuffix(a.Name, path.Ext(a.Name))+ext
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(text.Picture))
	a.Width, a.Height = size.Width, size.Height
	return text.Picture, err
}

// refused is what is wrong with a file, as an input; a file under a password is
// taken as it is.
func refused(err error) error {
	reason := ""
	switch {
	case err == nil, errors.Is(err, extract.ErrEncrypted):
		return nil
	case errors.Is(err, extract.ErrBusy), errors.Is(err, extract.ErrClosed):
		return errors.Join(err, hub.ErrUnavailable)
	case errors.Is(err, extract.ErrTooLarge):
		reason = hub.ReasonTooLong
	case errors.Is(err, extract.ErrUnsupported), errors.Is(err, extract.ErrDamaged):
		reason = hub.ReasonFormat
	default:
		return err
	}
	return &hub.Invalid{Field: "file", Reason: reason, Limit: MaxFile}
}

// Open opens a file. hub.ErrNotFound where there is none.
func (l *Loose) Open(ctx context.Context, id string) (io.ReadSeekCloser, error) {
	f, _, err := l.Blobs.Open(ctx, fileKey(id))
	return f, err
}

// Drop removes a file; none is no error.
func (l *Loose) Drop(ctx context.Context, id string) error { return l.Blobs.Delete(ctx, fileKey(id)) }
