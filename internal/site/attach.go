package site

import (
	"context"
	"errors"
	"mime/multipart"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/sheet"
	page "nmirfhub/web/page/contribute"
)

// formBytes is what a form adds to the files that it brings.
const formBytes = 1 << 20

// Brings is the greatest size of the body of a request, in bytes; 0 where it
// brings no file.
func Brings(method, path, contentType string) int {
	if method != fiber.MethodPost || !strings.Contains(path, "/contribute/") && !strings.Contains(path, "/discuss/") || !strings.HasPrefix(contentType, fiber.MIMEMultipartForm) {
		return 0
	}
	if strings.HasSuffix(path, "/sheet") {
		return sheet.MaxFile + formBytes
	}
	return file.MaxFile + formBytes
}

// attachFor is how long the files of one form may take to be read: longer than
// what other requests have.
const attachFor = 2 * time.Minute

// filesField is the field that brings the files of a question.
func filesField(code string) string { return "files." + code }

// attach keeps the files that a form brings, as answers. What is wrong with
// one keeps no other from being kept: it is said of its question.
func (s *Site) attach(ctx context.Context, r *request, id string, x *question.Section) (rec *hub.Record, wrong map[string]string, err error) {
	form, err := r.c.MultipartForm()
	if err != nil {
		return nil, nil, nil // a form without files
	}
	wrong = map[string]string{}
	for _, q := range x.Questions {
		for _, h := range form.File[filesField(q.Code)] {
			if h.Filename == "" && h.Size == 0 {
				continue // nothing was chosen
			}
			next, err := s.attachOne(ctx, r, id, q.Code, h)
			var invalid *hub.Invalid
			switch {
			case errors.As(err, &invalid):
				wrong[q.Code] = strings.TrimSpace(wrong[q.Code] + " " + r.refused(h, invalid))
			case errors.Is(err, hub.ErrConflict), err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrForbidden):
				s.Log.Error("attach a file", "record", id, "error", err)
				wrong[q.Code] = strings.TrimSpace(wrong[q.Code] + " " + r.T("attach.wrong.later", "name", h.Filename))
			case err != nil:
				return nil, nil, err
			default:
				rec = next
			}
		}
	}
	return rec, wrong, nil
}

func (s *Site) attachOne(ctx context.Context, r *request, id, code string, h *multipart.FileHeader) (*hub.Record, error) {
	if err := s.Writing.MayAttach(ctx, r.viewer, id, code); err != nil {
		return nil, err
	}
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := s.Files.Keep(ctx, h.Filename, "", f)
	if err != nil {
		return nil, err
	}
	rec, err := s.Writing.Attach(ctx, r.viewer, id, code, a)
	if err != nil {
		s.Files.Forget(context.WithoutCancel(ctx), a.ID)
	}
	return rec, err
}

// refused says why a file was not kept, and what to do.
func (r *request) refused(h *multipart.FileHeader, err *hub.Invalid) string {
	limit := err.Limit
	if err.Reason == hub.ReasonTooLong {
		limit = file.MaxFile >> 20
	}
	reason := err.Reason
	if !r.Has("attach.wrong." + reason) {
		reason = "later"
	}
	return r.T("attach.wrong."+reason, "name", path.Base(h.Filename), "limit", strconv.Itoa(limit))
}

// attached are the files that answer a question, as a form shows them.
func (r *request) attached(rec *hub.Record, code string) []page.Attached {
	var all []page.Attached
	for _, a := range rec.Attachments {
		if a.Question != code {
			continue
		}
		all = append(all, page.Attached{ID: a.ID, File: r.fileOf(a, true)})
	}
	return all
}

// fileNames are what the files of an answer are called.
func (r *request) fileNames(rec *hub.Record, ids []string) []string {
	var all []string
	for _, id := range ids {
		name := r.T("attach.gone")
		for _, a := range rec.Attachments {
			if a.ID == id {
				name = a.Name
			}
		}
		all = append(all, name)
	}
	return all
}
