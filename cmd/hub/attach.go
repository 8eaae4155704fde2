package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"nmirfhub/internal/blob/disk"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
)

// operator is who acts when a command does: whoever may run it on the machine
// may do what a moderator may.
var operator = hub.Viewer{Person: "operator", Role: hub.RoleModerator}

func attachFlags(o *options) {
	o.set.StringVar(&o.lang, "lang", "", "language of the file: ar, en, es, fr, pt, ru or zh; that of the record when empty")
}

// attachCommand adds a file to a record. A hub that serves the same data does
// it.
func attachCommand(ctx context.Context, p *program, o *options, args []string) error {
	if len(args) != 3 {
		return usageError{errors.New("write: hub attach KIND SLUG FILE")}
	}
	f, err := os.Open(args[2])
	if err != nil {
		return err
	}
	defer f.Close()
	to := attachment{kind: hub.Kind(args[0]), slug: args[1], name: filepath.Base(args[2]), lang: hub.Lang(o.lang)}
	served, err := p.askServer(ctx, "attach?"+to.query(), io.NopCloser(f), p.words)
	if served || err != nil {
		return err
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	files, pool, err := p.openFiles(x)
	if err != nil {
		return err
	}
	defer pool.Close()
	return to.attach(ctx, x, files, f, p.words)
}

// attachment is a file for a record.
type attachment struct {
	kind hub.Kind
	slug string
	name string
	lang hub.Lang
}

func (a attachment) query() string {
	return url.Values{"kind": {string(a.kind)}, "slug": {a.slug}, "name": {a.name}, "lang": {string(a.lang)}}.Encode()
}

func attachmentOf(q url.Values) attachment {
	return attachment{hub.Kind(q.Get("kind")), q.Get("slug"), q.Get("name"), hub.Lang(q.Get("lang"))}
}

// outcomes say what became of the text of a file.
var outcomes = map[string]string{
	hub.TextRead: "its text can be searched", hub.TextNone: "it has no text, only pictures", hub.TextLocked: "its text cannot be read: it needs a password",
	hub.TextDamaged: "its text cannot be read: the file is damaged", hub.TextTooLarge: "its text cannot be read: the file is too large",
}

func (a attachment) attach(ctx context.Context, x *parts, files *file.Service, content io.Reader, words io.Writer) error {
	r, err := x.records.Find(ctx, operator, a.kind, a.slug)
	if err != nil {
		return fmt.Errorf("%s %s: %w", a.kind, a.slug, err)
	}
	if a.lang == "" {
		a.lang = r.Original
	}
	if _, err := hub.ParseLang(string(a.lang)); err != nil {
		return err
	}
	r, err = files.Attach(ctx, operator, r, a.name, a.lang, content)
	if err != nil {
		return fmt.Errorf("attach %s: %w", a.name, err)
	}
	added := r.Attachments[len(r.Attachments)-1]
	_, err = fmt.Fprintf(words, "Attached %s to %s: %d bytes, %d pages; %s.\n", added.Name, a.slug, added.Bytes, added.Pages, outcomes[added.Text])
	return err
}

// order is the same, asked of a hub that serves.
func attachOrder(x *parts, files *file.Service) func(context.Context, *http.Request, io.Writer) error {
	return func(ctx context.Context, r *http.Request, w io.Writer) error {
		return attachmentOf(r.URL.Query()).attach(ctx, x, files, r.Body, w)
	}
}

// openFiles opens where files are kept and what reads them.
func (p *program) openFiles(x *parts) (*file.Service, *extract.Pool, error) {
	blobs, err := disk.Open(filepath.Join(p.settings.data, "files"))
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find the program itself, which reads files in a process of its own: %w", err)
	}
	pool := &extract.Pool{Command: []string{self, workerCommand}, CacheDir: filepath.Join(p.settings.data, "cache", "extract")}
	x.talk.Files = &file.Loose{Blobs: blobs, Read: pool.Extract}
	return &file.Service{Records: x.records, Blobs: blobs, Read: pool.Extract, NewID: hub.NewID}, pool, nil
}

// workerCommand is the command by which the program reads hostile files in a
// process of its own. People never type it.
const workerCommand = "extract-worker"
