package site

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/people"
)

// sendOwn sends a person their data: as JSON, and where they have attached
// files as an archive of both.
func (s *Site) sendOwn(ctx context.Context, r *request, own people.OwnData) error {
	name := s.People.OwnName()
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	has, err := s.Discuss.HasFiles(ctx, r.viewer.Person)
	if err != nil {
		return err
	}
	if !has {
		r.c.Attachment(name)
		return r.c.JSON(own)
	}
	raw, err := json.Marshal(own)
	if err != nil {
		return err
	}
	r.c.Attachment(strings.TrimSuffix(name, ".json") + ".zip")
	r.c.Set(fiber.HeaderContentType, "application/zip")
	person := r.viewer.Person // the request is over when this is written
	r.c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		if err := s.ownArchive(context.Background(), w, person, name, raw); err != nil {
			s.Log.Warn("own data", "error", err)
		}
	})
	return nil
}

// ownArchive writes the archive, one file after the other; what was half
// written when something failed cannot be opened.
func (s *Site) ownArchive(ctx context.Context, w io.Writer, person, name string, raw []byte) error {
	z := zip.NewWriter(w)
	in, err := z.Create(name)
	if err == nil {
		_, err = in.Write(raw)
	}
	if err != nil {
		return err
	}
	err = s.Discuss.OwnFiles(ctx, person, func(f discuss.OwnFile, content io.Reader) error {
		in, err := z.CreateHeader(&zip.FileHeader{Name: "files/" + f.ID + "/" + f.Name, Modified: f.At})
		if err == nil {
			_, err = io.Copy(in, content)
		}
		return err
	})
	if err != nil {
		return err
	}
	return z.Close()
}
