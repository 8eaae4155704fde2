package site

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

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

// written is where the buffers for what the library itself writes come from: a
// close, and nothing else.
var written sync.Pool

// listen makes the request a socket: for who has signed in, from our pages.
func (s *Site) listen(c *fiber.Ctx) error {
	viewer, session := identity(c)
	if !websocket.FastHTTPIsWebSocketUpgrade(c.Context()) || !viewer.SignedIn() {
		return hub.ErrNotFound
	}
	if origin := c.Get(fiber.HeaderOrigin); origin == "" || !s.ourOrigin(origin) {
		return hub.ErrForbidden // the page of another site, in the name of who reads it
	}
	lang, err := hub.ParseLang(c.Query("lang"))
	if err != nil {
		return err
	}
	token := c.Cookies(s.cookie(sessionCookie))
	up := websocket.FastHTTPUpgrader{
		ReadBufferSize: 256, WriteBufferSize: 256, WriteBufferPool: &written,
		CheckOrigin: func(*fasthttp.RequestCtx) bool { return true }, // see above
		Error:       func(r *fasthttp.RequestCtx, status int, _ error) { r.SetStatusCode(status) },
	}
	person := session.Person
	// The server lets go of the connection (KeepHijackedConns), and of the
	// request, once this returns; what serves the page begins with a small stack.
	err = up.Upgrade(c.Context(), func(conn *websocket.Conn) { go s.serveLive(conn, token, person, lang) })
	if errors.As(err, new(websocket.HandshakeError)) {
		return hub.ErrNotFound // no socket that we know
	}
	return err
}

func (s *Site) serveLive(conn *websocket.Conn, token, person string, lang hub.Lang) {
	if err := s.Live.Serve(conn, token, person, lang); err != nil && !errors.Is(err, live.ErrTooMany) {
		s.Log.Warn("live", "error", err)
	}
}

// Posts is the content of threads for pages that are open. It has the posts as
// the page itself has them.
type Posts struct{ *Site }

// Since is what follows a post.
func (s Posts) Since(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, after int64) ([]live.Frame, error) {
	if topic == live.Person {
		return s.rings(ctx, v, l, after)
	}
	g, err := s.glimpse(ctx, topic)
	if err != nil {
		return nil, err
	}
	seen, err := s.Discuss.See(ctx, v, g, after+1)
	if err != nil {
		return nil, err
	}
	if after+1 < g.From { // a page that was away for long
		if seen.Posts, _, err = s.Discuss.Posts(ctx, v, g.Space.Slug, g.Thread.Slug, after+1); err != nil || len(seen.Posts) == 0 {
			return nil, err
		}
		last := seen.Posts[len(seen.Posts)-1].Seq
		if seen.Counts, err = s.Discuss.Counts(ctx, v, g.Thread, after+1, last+1); err != nil {
			return nil, err
		}
	}
	return s.events(ctx, v, l, g.Thread, seen, live.KindPost)
}

func (s Posts) glimpse(ctx context.Context, topic string) (*discuss.Glimpse, error) {
	id, is := strings.CutPrefix(topic, discuss.Topic(""))
	if !is || id == "" {
		return nil, hub.ErrNotFound
	}
	return s.Discuss.Glimpse(ctx, id)
}

// One is a post as it is now.
func (s Posts) One(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, seq int64) (live.Frame, error) {
	g, err := s.glimpse(ctx, topic)
	if err != nil {
		return live.Frame{}, err
	}
	seen, err := s.Discuss.See(ctx, v, g, seq)
	if err != nil {
		return live.Frame{}, err
	}
	if seq < g.From {
		if seen.Posts, _, err = s.Discuss.Posts(ctx, v, g.Space.Slug, g.Thread.Slug, seq); err != nil {
			return live.Frame{}, err
		}
		if seen.Counts, err = s.Discuss.Counts(ctx, v, g.Thread, seq, seq+1); err != nil {
			return live.Frame{}, err
		}
	}
	if len(seen.Posts) == 0 {
		return live.Frame{}, hub.ErrNotFound
	}
	seen.Posts = seen.Posts[:1]
	events, err := s.events(ctx, v, l, g.Thread, seen, live.KindEdit)
	if err != nil {
		return live.Frame{}, err
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
// its forms, which the page itself holds. Who sees the same of a post gets the
// same text, rendered once.
func (s Posts) events(ctx context.Context, v hub.Viewer, l hub.Lang, t discuss.Thread, seen discuss.Seen, kind string) ([]live.Frame, error) {
	var all []live.Frame
	r := &request{Printer: s.Catalogs.In(l), site: s.Site, viewer: v}
	for _, p := range seen.Posts {
		cards, err := r.cards(ctx, p.Body)
		if err != nil {
			return nil, err
		}
		sight := sight{
			thread: t.ID, seq: p.Seq, lang: l, rights: seen.Rights, mine: p.By == v.Person, answer: t.Answer == p.Seq, slug: t.Slug, space: t.Space,
			useful: seen.Counts[p.Seq][discuss.Useful], same: seen.Counts[p.Seq][discuss.SameUs], unmasked: p.Unmasked != nil,
			absent: p.Absent(), empty: p.Body == "", edited: p.Edited, kind: kind, files: len(p.Files), cards: cardsKey(cards),
		}
		frame, known := s.sights.find(sight)
		if !known {
			html, err := s.onePost(ctx, v, l, t, p, seen)
			if err != nil {
				return nil, err
			}
			frame = live.Encode(live.Event{Topic: discuss.Topic(t.ID), Seq: p.Seq, Kind: kind, HTML: html, Data: s.countIn(l, kind, p.Seq)})
			s.sights.put(sight, frame)
		}
		all = append(all, frame)
	}
	return all, nil
}

// countIn is how many posts a thread has with a new one, in words; nil for what
// is no new one.
func (s Posts) countIn(l hub.Lang, kind string, seq int64) any {
	if kind != live.KindPost {
		return nil
	}
	return map[string]any{"count": seq, "text": s.Catalogs.In(l).N("discuss.count", int(seq))}
}

func (s Posts) onePost(ctx context.Context, v hub.Viewer, l hub.Lang, t discuss.Thread, p discuss.Post, seen discuss.Seen) (string, error) {
	r := &request{Printer: s.Catalogs.In(l), site: s.Site, viewer: v, query: url.Values{}}
	a, err := s.Discuss.Author(ctx, v, p.By, p.Anonymous)
	if err != nil {
		return "", err
	}
	shown, err := r.post(ctx, t, p, a, seen.Rights, seen.Counts[p.Seq])
	if err != nil {
		return "", err
	}
	var html bytes.Buffer
	err = page.OnePost(page.ThreadView{Base: layout.Base{Printer: r.Printer}}, shown).Render(ctx, &html)
	return html.String(), err
}

// sight is everything that the text of a post on an open page depends on: two
// readers with the same sight read the same.
type sight struct {
	thread, slug, space    string
	seq                    int64
	lang                   hub.Lang
	rights                 discuss.Rights
	mine, answer, unmasked bool
	useful, same           discuss.Count
	absent                 discuss.Absence
	empty                  bool
	edited                 time.Time
	kind                   string
	files                  int
	cards                  string // the records that it leads to, as this reader may see them
}

// sights are posts as they were told of late. A second is enough for
// everybody who waits for one, and too short for a name that has changed.
type sights struct {
	mu    sync.Mutex
	since time.Time
	told  map[sight]live.Frame
}

const (
	sightLife = time.Second
	maxSights = 4000
)

func (s *sights) find(x sight) (live.Frame, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.since) > sightLife || len(s.told) >= maxSights {
		s.since, s.told = time.Now(), map[sight]live.Frame{}
	}
	frame, known := s.told[x]
	return frame, known
}

func (s *sights) put(x sight, frame live.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[x] = frame
}
