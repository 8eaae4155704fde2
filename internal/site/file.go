package site

import (
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/web/part"
)

// fileRoutes joins the files of records and posts: /files/{id}/{name}. The name is for
// the reader; the id alone decides.
func (s *Site) fileRoutes(app *fiber.App) {
	app.Get("/files/:id/:name", s.signedIn, s.file)
}

// coverName is the name under which the picture of a first page stands.
const coverName = "cover.jpg"

// sandboxed is the policy of a file: it may do nothing in a browser.
const sandboxed = "sandbox; default-src 'none'"

// file sends a file to be saved, or the picture of its first page to be shown.
func (s *Site) file(c *fiber.Ctx) error {
	viewer := Viewer(c)
	if c.Params("name") == coverName {
		f, err := s.Files.Cover(c.UserContext(), viewer, c.Params("id"))
		if err == nil {
			return sendFile(c, f, "image/jpeg", c.Params("id"))
		}
		if !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	a, f, err := s.Files.Open(c.UserContext(), viewer, c.Params("id"))
	if errors.Is(err, hub.ErrNotFound) {
		return s.talkFileOf(c)
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentDisposition, disposition(a.Name))
	return sendFile(c, f, a.Type, a.Sum)
}

// sendFile sends a file unless the browser has it; what is under one id never
// changes, but who may have it does: each time it asks.
func sendFile(c *fiber.Ctx, f io.ReadSeekCloser, mediaType, sum string) error {
	if !Viewer(c).SignedIn() {
		c.Set(fiber.HeaderCacheControl, "public, no-cache")
		c.Set(fiber.HeaderVary, "Cookie")
		c.Set(fiber.HeaderETag, `"`+sum+`"`)
		if c.Get(fiber.HeaderIfNoneMatch) == `"`+sum+`"` {
			c.Status(fiber.StatusNotModified)
			return f.Close()
		}
	}
	return stream(c, f, mediaType)
}

// disposition has a browser save a file under its name: plain letters for old
// ones, the name itself for the rest (RFC 6266).
func disposition(name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%`, c) {
			return '_'
		}
		return c
	}, name)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// filesOf are the files of a record. Whoever may mend one is told why its
// words cannot be searched.
func (r *request) filesOf(rec *hub.Record) []part.File {
	mends := r.site.Records.May(r.viewer, hub.ActEdit, rec)
	var all []part.File
	for _, a := range rec.Attachments {
		all = append(all, r.fileOf(a, mends))
	}
	return all
}

// filesAnswering are those that answer a question.
func (r *request) filesAnswering(rec *hub.Record, code string) []part.File {
	only := *rec
	only.Attachments = slices.DeleteFunc(slices.Clone(rec.Attachments), func(a hub.Attachment) bool { return a.Question != code })
	return r.filesOf(&only)
}

// showFiles are the kinds of records whose pages have a place for all files.
var showFiles = []hub.Kind{hub.Practice, hub.Publication, hub.Resource}

func (r *request) fileOf(a hub.Attachment, mends bool) part.File {
	f := part.File{Href: "/files/" + a.ID + "/" + url.PathEscape(a.Name), Name: a.Name}
	f.Meta = strings.ToUpper(strings.TrimPrefix(path.Ext(a.Name), ".")) + r.T("list.comma") + r.size(a.Bytes)
	if a.Pages > 0 {
		f.Meta += r.T("list.comma") + r.N("files.pages", a.Pages)
	}
	if mends && a.Text != hub.TextRead {
		f.Problem = r.T("files.text." + a.Text)
	}
	if a.Closed {
		f.Closed = r.T("record.closed")
	}
	return f
}

// size says how large a file is, in kilobytes or megabytes.
func (r *request) size(bytes int64) string {
	if bytes < 1<<20 {
		return r.T("files.kb", "n", r.Number(int(max(1, bytes>>10))))
	}
	return r.T("files.mb", "n", r.Number(int(bytes>>20)))
}

// coverOf is the cover of a record: the first page of its first file, or a
// drawing.
func (r *request) coverOf(h *record.Head) part.Cover {
	t := h.In(r.Lang)
	c := part.NewCover(h.ID, t.Title, t.Lang == hub.Arabic)
	if h.Cover != "" {
		c.Image = "/files/" + h.Cover + "/" + coverName
	}
	return c
}

// pageIn says on which page of which file something was found.
func (r *request) pageIn(file string, n int) string {
	return r.T("search.why.page", "n", strconv.Itoa(n), "file", file)
}
