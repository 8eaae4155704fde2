package site

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/live"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
)

// LivePath is where pages that are open hear of what is new.
const LivePath = "/live"

func (s *Site) liveRoutes(app *fiber.App) {
	app.Get(LivePath, s.signedIn, s.listen)
}

// listen makes the request a socket: for who has signed in, from our pages.
func (s *Site) listen(c *fiber.Ctx) error {
	viewer, session := identity(c)
	if !websocket.FastHTTPIsWebSocketUpgrade(c.Context()) || !viewer.SignedIn() {
		return hub.ErrNotFound
	}
	lang, err := hub.ParseLang(c.Query("lang"))
	if err != nil {
		return err
	}
	token := c.Cookies(s.cookie(sessionCookie))
	up := websocket.FastHTTPUpgrader{
		ReadBufferSize: 1 << 10, WriteBufferSize: 4 << 10,
		CheckOrigin: func(r *fasthttp.RequestCtx) bool {
			origin := string(r.Request.Header.Peek(fiber.HeaderOrigin))
			return origin != "" && s.ourOrigin(origin)
		},
		Error: func(r *fasthttp.RequestCtx, status int, _ error) { r.SetStatusCode(status) },
	}
	return up.Upgrade(c.Context(), func(conn *websocket.Conn) {
		if err := s.Live.Serve(context.Background(), conn, token, session.Person, lang); err != nil && !errors.Is(err, live.ErrTooMany) {
			s.Log.Warn("live", "error", err)
		}
	})
}

// Posts is the content of threads for pages that are open. It has the posts as
// the page itself has them.
type Posts struct{ *Site }

// Since is what follows a post.
func (s Posts) Since(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, after int64) ([]live.Event, error) {
	if topic == live.Person {
		return s.rings(ctx, v, l, after)
	}
	x, t, err := s.threadOf(ctx, v, topic)
	if err != nil {
		return nil, err
	}
	posts, _, err := s.Discuss.Posts(ctx, v, x.Slug, t.Slug, after+1)
	if err != nil {
		return nil, err
	}
	return s.events(ctx, v, l, x, t, posts, live.KindPost)
}

// One is a post as it is now.
func (s Posts) One(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, seq int64) (live.Event, error) {
	x, t, err := s.threadOf(ctx, v, topic)
	if err != nil {
		return live.Event{}, err
	}
	posts, _, err := s.Discuss.Posts(ctx, v, x.Slug, t.Slug, seq)
	if err != nil || len(posts) == 0 {
		return live.Event{}, errors.Join(err, hub.ErrNotFound)
	}
	events, err := s.events(ctx, v, l, x, t, posts[:1], live.KindEdit)
	if err != nil {
		return live.Event{}, err
	}
	return events[0], nil
}

// Seen notes that the viewer has seen a post.
func (s Posts) Seen(ctx context.Context, v hub.Viewer, topic string, seq int64) error {
	_, t, err := s.threadOf(ctx, v, topic)
	if err != nil {
		return err
	}
	return s.Discuss.Read(ctx, v, t, min(seq, t.Posts))
}

func (s Posts) threadOf(ctx context.Context, v hub.Viewer, topic string) (discuss.Space, discuss.Thread, error) {
	id, is := strings.CutPrefix(topic, discuss.Topic(""))
	if !is || id == "" {
		return discuss.Space{}, discuss.Thread{}, hub.ErrNotFound
	}
	return s.Discuss.ThreadOf(ctx, v, id)
}

// events are posts as the page of the viewer has them, without the token of
// its forms, which the page itself holds.
func (s Posts) events(ctx context.Context, v hub.Viewer, l hub.Lang, x discuss.Space, t discuss.Thread, posts []discuss.Post, kind string) ([]live.Event, error) {
	r := &request{Printer: s.Catalogs.In(l), site: s.Site, viewer: v, query: url.Values{}}
	may, err := s.Discuss.Rights(ctx, v, x, t)
	if err != nil {
		return nil, err
	}
	view := page.ThreadView{Base: layout.Base{Printer: r.Printer}}
	if err := s.fillPosts(ctx, r, &view, t, posts, may, 0); err != nil {
		return nil, err
	}
	var all []live.Event
	for i, p := range view.Posts {
		var html bytes.Buffer
		if err := page.OnePost(view, p).Render(ctx, &html); err != nil {
			return nil, err
		}
		all = append(all, live.Event{Topic: discuss.Topic(t.ID), Seq: posts[i].Seq, Kind: kind, HTML: html.String()})
	}
	return all, nil
}
