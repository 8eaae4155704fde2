package site

import (
	"context"
	"errors"
	"io"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	page "nmirfhub/web/page/discuss"
)

// SendsFile says whether a request is answered with a file.
func SendsFile(path string) bool { return strings.HasPrefix(path, "/files/") }

// takeFiles takes in what the form brings for a post that is being written, and
// shows what is there: the files that are attached, what became of those that
// are not, and which are taken off. slug is empty for a new thread.
func (r *request) takeFiles(ctx context.Context, c *page.Composer, space, slug string) error {
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
			_, err = talk.Attach(ctx, r.viewer, space, slug, c.Key, brought.Filename, content)
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

// talkFile is a file of a post as it is shown.
func (r *request) talkFile(f discuss.File) page.File {
	width, height := fitted(f.Width, f.Height)
	return page.File{
		Width: width, Height: height, Large: f.Bytes > shownBytes,
		ID: f.ID, Href: "/files/" + f.ID + "/" + url.PathEscape(f.Name), Name: f.Name, Alt: f.Alt, Picture: f.Picture(),
		Meta: strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), ".")) + r.T("list.comma") + r.size(f.Bytes),
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
