package discuss

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Off is a file that was taken off a post. As with a post that was deleted, its
// content is there for nobody from then on, and is destroyed after KeepDeleted;
// that it was there, and its name, the earlier wordings say.
type Off struct {
	File
	At time.Time `json:"at"`
}

// allFiles are the files of a post and those that were taken off it.
func (p Post) allFiles() []File {
	all := slices.Clone(p.Files)
	for _, o := range p.Off {
		all = append(all, o.File)
	}
	return all
}

// EditKey is the key with which files wait for a post that its author edits.
func EditKey(t Thread, seq int64) string {
	return hub.IDOf("edit", t.ID, strconv.FormatInt(seq, 10))
}

// AttachTo is Attach for a post that its author edits: the file is theirs alone
// until they save. off are files of the post that they are about to take off.
// hub.ErrForbidden for who may not edit the post.
func (s *Service) AttachTo(ctx context.Context, v hub.Viewer, space, slug string, seq int64, off []string, name string, content io.Reader) (File, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return File{}, err
	}
	p, _, err := s.post(ctx, t.ID, seq)
	if err != nil {
		return File{}, err
	}
	if may, err := s.Edits(ctx, v, x, t, p); err != nil || !may {
		return File{}, errors.Join(err, fmt.Errorf("attach to post %s: %w", postID(t.ID, seq), hub.ErrForbidden))
	}
	stay, _ := p.without(off)
	return s.attach(ctx, v, place{postID(t.ID, seq), x.Slug}, EditKey(t, seq), len(stay), name, content)
}

// without parts the files of a post from those that are taken off.
func (p Post) without(off []string) (stay, gone []File) {
	for _, f := range p.Files {
		if slices.Contains(off, f.ID) {
			gone = append(gone, f)
		} else {
			stay = append(stay, f)
		}
	}
	return stay, gone
}

// Edit words a post anew, with the files that were attached to it meanwhile and
// without those that are taken off; the earlier wording is kept beside, and says
// what became of files. For who wrote it. Done twice it is done once. hub.Invalid
// with the field "body" or "file"; hub.ErrConflict when it was changed since the
// time seen.
func (s *Service) Edit(ctx context.Context, v hub.Viewer, space, slug string, seq int64, text string, seen time.Time, off ...string) (Post, error) {
	_, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return Post{}, err
	}
	brought, err := s.claim(ctx, onceOf(v.Person, EditKey(t, seq)))
	if err != nil {
		return Post{}, err
	}
	p, err := s.reword(ctx, v, space, slug, seq, text, seen, brought, off)
	if err != nil {
		return p, err
	}
	return p, s.bind(ctx, brought, true)
}

// Reword is Edit with the files as they are: what waits on a page is not sent by
// it.
func (s *Service) Reword(ctx context.Context, v hub.Viewer, space, slug string, seq int64, text string, seen time.Time) (Post, error) {
	return s.reword(ctx, v, space, slug, seq, text, seen, nil, nil)
}

func (s *Service) reword(ctx context.Context, v hub.Viewer, space, slug string, seq int64, text string, seen time.Time, brought []File, off []string) (Post, error) {
	text, err := checkBody("body", text, true)
	if err != nil {
		return Post{}, err
	}
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return Post{}, err
	}
	return s.ofAuthor(ctx, v, space, slug, seq, func(p *Post) error {
		text, mentions, err := s.signed(ctx, v, x, t.ID, text, p.Mentions)
		if err != nil {
			return err
		}
		stay, gone := p.without(off)
		added := slices.DeleteFunc(slices.Clone(brought), func(f File) bool { // a crash came before it was noted
			return slices.ContainsFunc(p.allFiles(), func(has File) bool { return has.ID == f.ID })
		})
		switch {
		case p.Body == text && len(gone)+len(added) == 0:
			return store.ErrSame
		case !p.Edited.Equal(seen):
			return hub.ErrConflict
		case len(stay)+len(added) > FilesAPost:
			return &hub.Invalid{Field: "file", Reason: hub.ReasonRange, Limit: FilesAPost}
		}
		p.Mentions = mentions
		p.Before = append(p.Before, Version{Body: p.Body, At: s.Now(), Added: namesOf(added), Off: namesOf(gone)})
		if len(p.Before) > maxVersions {
			p.Before = slices.Delete(p.Before, 1, 2) // the first wording stays
		}
		p.Body, p.Edited, p.Files = text, s.Now(), append(stay, added...)
		for _, f := range gone {
			p.Off = append(p.Off, Off{f, s.Now()})
		}
		return nil
	})
}

func namesOf(files []File) (names []string) {
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

// sweepOff destroys files that were taken off posts long ago.
func (s *Service) sweepOff(ctx context.Context) error {
	end := s.Now().Add(-KeepDeleted)
	all, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "off", To: end.UnixMicro()})
	errs := []error{err}
	for _, p := range all {
		old := slices.Clone(p.Off)
		old = slices.DeleteFunc(old, func(o Off) bool { return !o.At.Before(end) })
		if err := s.dropFiles(ctx, Post{Thread: p.Thread, Seq: p.Seq, Off: old}); err != nil {
			errs = append(errs, fmt.Errorf("files of posts: %w", err))
			continue
		}
		_, err := store.Change(ctx, s.Store, posts, postID(p.Thread, p.Seq), postKeys, func(p *Post) error {
			p.Off = slices.DeleteFunc(p.Off, func(o Off) bool { return o.At.Before(end) })
			return nil
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
