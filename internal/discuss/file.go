package discuss

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// File is a file of a post. Who reads the words of the post may have it.
type File struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"` // media type
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sum"`           // SHA-256, hex
	Alt   string `json:"alt,omitempty"` // what a picture shows, in words
	// Width and Height are those of a picture, in pixels; 0 for unknown.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// Picture says whether the file is a picture.
func (f File) Picture() bool { return strings.HasPrefix(f.Type, "image/") }

// Limits of files.
const (
	FilesAPost   = 10
	FilesAnHour  = 20
	FileRoom     = 1 << 30 // bytes of one person
	FileLife     = 24 * time.Hour
	MaxAlt       = 300 // runes
	maxFileOwner = 10  // posts that hold one file; while a thread is split it is two
)

// ReasonFull: a person has no room for more files.
const ReasonFull = "full"

// Keeper keeps the content of files, by ids that are given to it.
type Keeper interface {
	// Keep is durable when it returns, and says what was kept. hub.Invalid with
	// the field "file" for what is not taken.
	Keep(ctx context.Context, id, name string, content io.Reader) (hub.Attachment, error)
	// Open gives hub.ErrNotFound where there is none.
	Open(ctx context.Context, id string) (io.ReadSeekCloser, error)
	// Drop removes a file; none is no error.
	Drop(ctx context.Context, id string) error
}

// upload is a file from its arrival on. Whether a post has it, the post says;
// one that no post has is removed after FileLife.
type upload struct {
	File
	By    string    `json:"by"`
	Once  string    `json:"once"`            // author and key of the attempt to post
	Place string    `json:"place"`           // id of the thread, or Whole of the space for a new one
	Space string    `json:"space"`           // when it came
	At    time.Time `json:"at"`              // when it came, or was last meant to be posted
	Kept  bool      `json:"kept,omitempty"`  // its content is durable
	Bound bool      `json:"bound,omitempty"` // a post has it
	Gone  bool      `json:"gone,omitempty"`  // it is being removed
}

func uploadKeys(u upload) map[string]store.Value {
	k := map[string]store.Value{"person": u.By, "at": u.At.UnixMicro()}
	if u.Bound {
		return k
	}
	k["waits"] = u.At.UnixMicro()
	if u.Kept && !u.Gone {
		k["once"], k["place"] = u.Once, u.By+" "+u.Place
	}
	return k
}

// onceOf names an attempt of somebody.
func onceOf(person, key string) string { return person + " " + key }

// Attach keeps a file for the post, or with no slug for the thread, that the
// viewer is about to send with a key. It is durable when it returns, and
// theirs alone until they post. hub.Invalid with the field "file" (ReasonRange
// for too many, ReasonFull, or as Keeper says) or "key"; *hub.TooMany; else as
// Append.
func (s *Service) Attach(ctx context.Context, v hub.Viewer, space, slug, key, name string, content io.Reader) (File, error) {
	place, v, err := s.place(ctx, v, space, slug)
	if err != nil {
		return File{}, err
	}
	if key == "" || len(key) > MaxKey {
		return File{}, &hub.Invalid{Field: "key", Reason: hub.ReasonFormat}
	}
	return s.attach(ctx, v, place, key, 0, name, content)
}

// attach keeps a file that waits for a post; has is how many files that has.
func (s *Service) attach(ctx context.Context, v hub.Viewer, place place, key string, has int, name string, content io.Reader) (File, error) {
	if err := s.checkUploads(ctx, v.Person, onceOf(v.Person, key), has); err != nil {
		return File{}, err
	}
	u := upload{File: File{ID: s.NewID()}, By: v.Person, Once: onceOf(v.Person, key), Place: place.id, Space: place.space, At: s.Now()}
	if err := s.put(ctx, uploads, u.ID, uploadKeys(u), u); err != nil {
		return File{}, err
	}
	kept, err := s.Files.Keep(ctx, u.ID, name, content)
	if err != nil {
		return File{}, errors.Join(err, s.remove(context.WithoutCancel(ctx), u.ID))
	}
	f := File{ID: u.ID, Name: kept.Name, Type: kept.Type, Bytes: kept.Bytes, Sum: kept.Sum, Width: kept.Width, Height: kept.Height}
	_, err = store.Change(ctx, s.Store, uploads, u.ID, uploadKeys, func(u *upload) error {
		u.File, u.Kept = f, true
		return nil
	})
	return f, err
}

// place is where somebody is about to write.
type place struct{ id, space string }

func (s *Service) place(ctx context.Context, v hub.Viewer, space, slug string) (place, hub.Viewer, error) {
	if slug == "" {
		x, v, err := s.enter(ctx, v, hub.ActCreate, space)
		if err != nil {
			return place{}, v, err
		}
		may, err := s.Asks(ctx, v, x)
		if err == nil && !may {
			err = fmt.Errorf("nobody writes here now: %w", hub.ErrForbidden)
		}
		return place{Whole(space), space}, v, err
	}
	x, t, v, err := s.find(ctx, v, hub.ActCreate, space, slug)
	if err == nil {
		_, err = s.writes(v, x, t)
	}
	return place{t.ID, x.Slug}, v, err
}

// checkUploads refuses who attaches too much: to one post, which has some
// already, within the hour, or in all.
func (s *Service) checkUploads(ctx context.Context, person, once string, has int) error {
	waiting, err := s.waiting(ctx, once)
	if err != nil {
		return err
	}
	if len(waiting)+has >= FilesAPost {
		return &hub.Invalid{Field: "file", Reason: hub.ReasonRange, Limit: FilesAPost}
	}
	all, err := store.All[upload](ctx, s.Store, uploads, store.Query{Index: "person", Equal: [][]store.Value{{person}}})
	if err != nil {
		return err
	}
	var room int64
	var late []upload
	for _, u := range all {
		room += u.Bytes
		if u.At.After(s.Now().Add(-time.Hour)) {
			late = append(late, u)
		}
	}
	if len(late) >= FilesAnHour {
		return &hub.TooMany{After: late[len(late)-FilesAnHour].At.Add(time.Hour).Sub(s.Now())}
	}
	if room >= FileRoom {
		return &hub.Invalid{Field: "file", Reason: ReasonFull}
	}
	return nil
}

// waiting are the files of an attempt that no post has yet, in their order.
func (s *Service) waiting(ctx context.Context, once string) ([]upload, error) {
	return s.uploadsBy(ctx, store.Query{Index: "once", Equal: [][]store.Value{{once}}})
}

func (s *Service) uploadsBy(ctx context.Context, q store.Query) ([]upload, error) {
	all, err := store.All[upload](ctx, s.Store, uploads, q)
	slices.SortStableFunc(all, func(a, b upload) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	return all, err
}

// Attached are the files that the viewer has attached to an attempt to post that
// was not sent yet.
func (s *Service) Attached(ctx context.Context, v hub.Viewer, key string) ([]File, error) {
	if !v.SignedIn() || key == "" {
		return nil, nil
	}
	all, err := s.waiting(ctx, onceOf(v.Person, key))
	return filesOf(all), err
}

func filesOf(all []upload) (files []File) {
	for _, u := range all {
		files = append(files, u.File)
	}
	return files
}

// LeftAttached is the key of an attempt of the viewer to post in a thread, or
// without one to begin one, that has files and was not sent; empty for none. A
// page that is loaded anew goes on with it.
func (s *Service) LeftAttached(ctx context.Context, v hub.Viewer, space string, thread string) (key string, err error) {
	if !v.SignedIn() {
		return "", nil
	}
	of := v.Person + " " + cmp.Or(thread, Whole(space))
	all, err := s.uploadsBy(ctx, store.Query{Index: "place", Equal: [][]store.Value{{of}}})
	for _, u := range slices.Backward(all) {
		if _, err := s.sent(ctx, u.Once); errors.Is(err, hub.ErrNotFound) {
			return strings.TrimPrefix(u.Once, v.Person+" "), nil
		} else if err != nil {
			return "", err
		}
	}
	return "", err
}

// Describe says what a picture shows that waits to be posted. hub.Invalid with
// the field "alt"; hub.ErrNotFound for what is not there.
func (s *Service) Describe(ctx context.Context, v hub.Viewer, key, id, alt string) error {
	alt = oneLine(alt)
	if alt != "" {
		if err := checkText("alt", alt, MaxAlt); err != nil {
			return err
		}
	}
	_, err := store.Change(ctx, s.Store, uploads, id, uploadKeys, func(u *upload) error {
		switch {
		case u.Once != onceOf(v.Person, key) || u.Bound || u.Gone:
			return hub.ErrNotFound
		case u.Alt == alt:
			return store.ErrSame
		}
		u.Alt = alt
		return nil
	})
	return err
}

// TakeOff removes a file that waits to be posted. hub.ErrNotFound for what is
// not there.
func (s *Service) TakeOff(ctx context.Context, v hub.Viewer, key, id string) error {
	u, _, err := store.Load[upload](ctx, s.Store, uploads, id)
	if err == nil && (u.Once != onceOf(v.Person, key) || u.Bound) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.remove(ctx, id)
}

// claim are the files of an attempt that is sent now. From here on the sweep
// leaves them alone for as long as a file lives.
func (s *Service) claim(ctx context.Context, once string) (files []File, err error) {
	all, err := s.waiting(ctx, once)
	if err != nil {
		return nil, err
	}
	for i, u := range all {
		u, err := store.Change(ctx, s.Store, uploads, u.ID, uploadKeys, func(u *upload) error {
			if u.Gone {
				return hub.ErrNotFound
			}
			u.At = s.Now().Add(time.Duration(i) * time.Microsecond) // they keep their order
			return nil
		})
		if errors.Is(err, hub.ErrNotFound) {
			return nil, &hub.Invalid{Field: "file", Reason: hub.ReasonRequired}
		}
		if err != nil {
			return nil, err
		}
		files = append(files, u.File)
	}
	return files, nil
}

// bind notes that a post has its files. The post says so already: what a crash
// leaves is noted by the sweep.
func (s *Service) bind(ctx context.Context, files []File, bound bool) error {
	for _, f := range files {
		_, err := store.Change(ctx, s.Store, uploads, f.ID, uploadKeys, func(u *upload) error {
			if u.Bound == bound {
				return store.ErrSame
			}
			u.Bound, u.Place, u.Once = bound, "", ""
			if !bound {
				u.At = s.Now()
			}
			return nil
		})
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	return nil
}

// File opens a file: one of a post for whoever reads the words of the post now,
// one that waits for who attached it. hub.ErrNotFound for everybody else, as if
// there were none.
func (s *Service) File(ctx context.Context, v hub.Viewer, id string) (File, io.ReadSeekCloser, error) {
	v, err := s.Known(ctx, v)
	if err != nil {
		return File{}, nil, err
	}
	f, err := s.fileOf(ctx, v, id)
	if err != nil {
		return File{}, nil, err
	}
	content, err := s.Files.Open(ctx, id)
	return f, content, err
}

func (s *Service) fileOf(ctx context.Context, v hub.Viewer, id string) (File, error) {
	all, err := s.holding(ctx, id)
	if err != nil {
		return File{}, err
	}
	for _, p := range all {
		x, _, err := s.ThreadOf(ctx, v, p.Thread)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return File{}, err
		}
		moderates := s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil
		for _, f := range p.shown(moderates || v.Person != "" && p.By == v.Person).Files {
			if f.ID == id {
				return f, nil
			}
		}
	}
	u, _, err := store.Load[upload](ctx, s.Store, uploads, id)
	if err == nil && (!v.SignedIn() || u.By != v.Person || !u.Kept || u.Bound || u.Gone) {
		err = hub.ErrNotFound
	}
	if err == nil {
		_, _, err = s.enter(ctx, v, hub.ActRead, u.Space)
	}
	return u.File, err
}

// holding are the posts that have a file: one, or for a moment two, while a
// thread is split.
func (s *Service) holding(ctx context.Context, id string) (found []Post, err error) {
	page, err := s.Store.List(ctx, posts, store.Query{Index: "file", Equal: [][]store.Value{{id}}, Limit: maxFileOwner})
	if err != nil {
		return nil, err
	}
	for _, d := range page.Docs {
		p, err := store.Decode[Post](d)
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// remove takes a file away, its content before what leads to it: a crash on
// the way leaves it for the sweep.
func (s *Service) remove(ctx context.Context, id string) error {
	_, err := store.Change(ctx, s.Store, uploads, id, uploadKeys, func(u *upload) error {
		u.Gone, u.Bound = true, false
		return nil
	})
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.Files.Drop(ctx, id); err != nil {
		return err
	}
	d, err := s.Store.Get(ctx, uploads, id)
	if err == nil {
		err = s.Store.Delete(ctx, uploads, id, d.Rev)
	}
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrConflict) {
		return nil
	}
	return err
}

// dropFiles removes the files of a post that no other post has.
func (s *Service) dropFiles(ctx context.Context, p Post) error {
	for _, f := range p.allFiles() {
		all, err := s.holding(ctx, f.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o Post) bool { return o.Thread != p.Thread || o.Seq != p.Seq }) {
			continue
		}
		if err := s.remove(ctx, f.ID); err != nil {
			return err
		}
	}
	return nil
}

// sweepFiles removes files that were attached and never posted, and those whose
// removal a crash has stopped.
func (s *Service) sweepFiles(ctx context.Context) error {
	old, err := store.All[upload](ctx, s.Store, uploads, store.Query{Index: "waits", To: s.Now().Add(-FileLife).UnixMicro()})
	errs := []error{err}
	for _, u := range old {
		errs = append(errs, s.sweepFile(ctx, u))
	}
	return errors.Join(errs...)
}

func (s *Service) sweepFile(ctx context.Context, u upload) error {
	all, err := s.holding(ctx, u.ID)
	if err != nil {
		return err
	}
	if len(all) > 0 && !u.Gone {
		return s.bind(ctx, []File{u.File}, true)
	}
	// Who has just sent it goes before.
	_, err = store.Change(ctx, s.Store, uploads, u.ID, uploadKeys, func(now *upload) error {
		if !now.At.Equal(u.At) || now.Bound {
			return hub.ErrConflict
		}
		now.Gone = true
		return nil
	})
	if errors.Is(err, hub.ErrConflict) || errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.remove(ctx, u.ID)
}

// forgetFiles removes what a person has attached: it may show who they are. The
// posts that had it stay.
func (s *Service) forgetFiles(ctx context.Context, person string) error {
	all, err := store.All[upload](ctx, s.Store, uploads, store.Query{Index: "person", Equal: [][]store.Value{{person}}})
	if err != nil {
		return err
	}
	for _, u := range all {
		having, err := s.holding(ctx, u.ID)
		if err != nil {
			return err
		}
		for _, p := range having {
			_, err := store.Change(ctx, s.Store, posts, postID(p.Thread, p.Seq), postKeys, func(p *Post) error {
				p.Files = slices.DeleteFunc(p.Files, func(f File) bool { return f.ID == u.ID })
				p.Off = slices.DeleteFunc(p.Off, func(o Off) bool { return o.ID == u.ID })
				return nil
			})
			if err != nil && !errors.Is(err, hub.ErrNotFound) {
				return err
			}
			s.hint(Topic(p.Thread), p.Seq, true)
		}
		if err := s.remove(ctx, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// HasFiles says whether a person has attached files.
func (s *Service) HasFiles(ctx context.Context, person string) (bool, error) {
	page, err := s.Store.List(ctx, uploads, store.Query{Index: "person", Equal: [][]store.Value{{person}}, Limit: 1})
	return len(page.Docs) > 0, err
}

// OwnFile is a file that a person has attached, for that person.
type OwnFile struct {
	File
	At time.Time `json:"at"`
}

// OwnFiles calls each for every file that a person has attached, with its
// content. Who may ask is for the caller to know.
func (s *Service) OwnFiles(ctx context.Context, person string, each func(OwnFile, io.Reader) error) error {
	all, err := s.uploadsBy(ctx, store.Query{Index: "person", Equal: [][]store.Value{{person}}})
	if err != nil {
		return err
	}
	for _, u := range all {
		if !u.Kept || u.Gone {
			continue
		}
		content, err := s.Files.Open(ctx, u.ID)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		err = errors.Join(each(OwnFile{u.File, u.At}, content), content.Close())
		if err != nil {
			return err
		}
	}
	return nil
}
