package site

import (
	"context"
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
	page "nmirfhub/web/page/discuss"
)

// SendsFile says whether a request is answered with a file.
func SendsFile(path string) bool { return strings.HasPrefix(path, "/files/") }

// attacher keeps a file for what is being written.
type attacher func(name string, content io.Reader) (discuss.File, error)

// attachTo attaches to a post that is being written; slug is empty for a new
// thread.
func (r *request) attachTo(ctx context.Context, space, slug, key string) attacher {
	return func(name string, content io.Reader) (discuss.File, error) {
		return r.site.Discuss.Attach(ctx, r.viewer, space, slug, key, name, content)
	}
}

// takeFiles takes in what the form brings for a post that is being written, and
// shows what is there: the files that are attached, what became of those that
// are not, and which are taken off.
func (r *request) takeFiles(ctx context.Context, c *page.Composer, attach attacher) error {
	talk := r.site.Discuss
	for _, id := range r.several("off") {
		if err := talk.TakeOff(ctx, r.viewer, c.Key, id); err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	form, err := r.c.MultipartForm()
	if err == nil { // a form without files is no multipart
		for _, brought := range form.File["files"] {
			if brought.Filename == "" {
				continue
			}
			content, err := brought.Open()
			if err != nil {
				return err
			}
			_, err = attach(brought.Filename, content)
			content.Close()
			if said := r.refusal(err, brought.Filename); said != "" {
				c.Refused = append(c.Refused, said)
			} else if err != nil {
				return err
			}
		}
	}
	if err := r.keptFiles(ctx, c); err != nil {
		return err
	}
	for i, f := range c.Files {
		if said := r.several("alt-" + f.ID); f.Picture && len(said) == 1 && said[0] != f.Alt {
			alt := said[0]
			err := talk.Describe(ctx, r.viewer, c.Key, f.ID, alt)
			if wrong := r.wrong(err); wrong != nil {
				c.Files[i].Wrong = wrong["alt"]
			} else if err != nil && !errors.Is(err, hub.ErrNotFound) {
				return err
			}
			c.Files[i].Alt = alt
		}
	}
	return nil
}

// keptFiles shows the files that wait with a post.
func (r *request) keptFiles(ctx context.Context, c *page.Composer) error {
	all, err := r.site.Discuss.Attached(ctx, r.viewer, c.Key)
	c.Files = nil
	for _, f := range all {
		c.Files = append(c.Files, r.talkFile(f))
	}
	return err
}

// goesOn is the composer of a page that is loaded anew: with the files that
// were attached there and not sent.
func (r *request) goesOn(ctx context.Context, c *page.Composer, space, thread string) error {
	key, err := r.site.Discuss.LeftAttached(ctx, r.viewer, space, thread)
	if err != nil || key == "" {
		return err
	}
	c.Key = key
	return r.keptFiles(ctx, c)
}

// takeEdited takes in the files that the form of a post that is edited brings.
// again says that it is to be shown again: a file was attached, or refused.
func (r *request) takeEdited(ctx context.Context, t discuss.Thread, seq int64) (again bool, err error) {
	c := page.Composer{Key: discuss.EditKey(t, seq)}
	err = r.takeFiles(ctx, &c, func(name string, content io.Reader) (discuss.File, error) {
		return r.site.Discuss.AttachTo(ctx, r.viewer, t.Space, t.Slug, seq, r.several("off"), name, content)
	})
	r.turned = c.Refused
	_, shows := edits(r.typed("act"))
	return shows || len(c.Refused) > 0 || slices.ContainsFunc(c.Files, func(f page.File) bool { return f.Wrong != "" }), err
}

// edited are the files of a post that is edited: those that it has, of which
// some may be about to be taken off, and those that wait with the new wording;
// and whom its author may mention, where they asked.
func (r *request) edited(ctx context.Context, t discuss.Thread, p discuss.Post) (page.Composer, error) {
	c := page.Composer{Key: discuss.EditKey(t, p.Seq), Edits: strconv.FormatInt(p.Seq, 10), Accept: strings.Join(file.Accepts, ","), Refused: r.turned}
	err := r.keptFiles(ctx, &c)
	var all []page.File
	for _, f := range p.Files {
		shown := r.talkFile(f)
		shown.Has, shown.Off = true, r.c.Method() == fiber.MethodPost && slices.Contains(r.several("off"), f.ID)
		all = append(all, shown)
		c.Files = slices.DeleteFunc(c.Files, func(w page.File) bool { return w.ID == f.ID })
	}
	c.Files = append(all, c.Files...)
	if act := r.typed("act"); err == nil && (act == ofEdited+actPeople || strings.HasPrefix(act, ofEdited+mentionOf)) {
		err = r.mentions(ctx, &c, t.Space, t.Slug, r.typed("text"))
	}
	return c, err
}

// talkFile is a file of a post as it is shown.
func (r *request) talkFile(f discuss.File) page.File {
	width, height := fitted(f.Width, f.Height)
	return page.File{
		Width: width, Height: height, Large: f.Bytes > shownBytes,
		ID: f.ID, Href: "/files/" + f.ID + "/" + url.PathEscape(f.Name), Name: f.Name, Alt: f.Alt, Picture: f.Picture(),
		Meta: isolated(strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), "."))) + r.T("list.comma") + r.size(f.Bytes),
	}
}

// How pictures are shown in a post.
const (
	shownBytes  = 100 << 10 // of a picture that is loaded with its page: two seconds of a slow link
	shownWidth  = 480       // pixels, at most
	shownHeight = 320
)

// fitted is the size at which a picture is shown: no larger than it is, nor than
// the limits. Zero for one of unknown size.
func fitted(width, height int) (int, int) {
	if width < 1 || height < 1 {
		return 0, 0
	}
	if width > shownWidth {
		width, height = shownWidth, height*shownWidth/width
	}
	if height > shownHeight {
		width, height = width*shownHeight/height, shownHeight
	}
	return max(width, 1), max(height, 1)
}

// refusal is why a file was not attached, in words; empty for no reason of the
// file's.
func (r *request) refusal(err error, name string) string {
	var many *hub.TooMany
	key := ""
	all := invalids(err)
	switch {
	case errors.As(err, &many):
		return r.T("postfile.wait", "name", name, "minutes", r.Number(int(many.After/time.Minute)+1))
	case len(all) == 0 || all[0].Field != "file":
		return ""
	case all[0].Reason == hub.ReasonUnknown:
		key = "postfile.kind"
	case all[0].Reason == hub.ReasonFormat:
		key = "postfile.content"
	case all[0].Reason == hub.ReasonRange:
		key = "postfile.many"
	case all[0].Reason == discuss.ReasonFull:
		key = "postfile.full"
	default:
		key = "postfile.large"
	}
	return r.T(key, "name", name)
}

// talkFileOf sends a file of a post to be saved: it is for the reader alone,
// and kept nowhere.
func (s *Site) talkFileOf(c *fiber.Ctx) error {
	f, content, err := s.Discuss.File(c.UserContext(), Viewer(c), c.Params("id"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	c.Set(fiber.HeaderContentDisposition, disposition(f.Name))
	return stream(c, content, f.Type)
}

// stream sends a file, which may do nothing in a browser.
func stream(c *fiber.Ctx, f io.ReadSeekCloser, mediaType string) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	c.Set(fiber.HeaderContentType, mediaType)
	return c.SendStream(f, int(size)) // closes f
}
