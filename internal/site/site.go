// Package site is the pages: a handler parses the request, asks one service,
// and renders. Who may see what is decided below it, by the access door.
package site

import (
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/desk"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/file"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/intake"
	"nmirfhub/internal/live"
	"nmirfhub/internal/markup"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
	"nmirfhub/internal/openid"
	"nmirfhub/internal/pace"
	"nmirfhub/internal/people"
	"nmirfhub/internal/record"
	"nmirfhub/internal/shelf"
	"nmirfhub/internal/trial"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/web/layout"
)

// Site is what pages are made from. Its fields are set once, before Routes.
type Site struct {
	Records    *record.Service
	Writing    *contribute.Service
	Trials     *trial.Service
	Intake     *intake.Service
	Files      *file.Service
	Finder     *finder.Service
	Missed     *finder.MissedCounter
	Desk       *desk.Service
	Members    *member.Service
	People     *people.Service
	Discuss    *discuss.Service
	Notify     *notify.Service
	Live       *live.Live
	Shelf      *shelf.Service
	Provider   *openid.Provider // where people may sign in besides; nil: nowhere
	Vocabulary *vocabulary.Set
	Catalogs   *i18n.Catalogs
	Origin     string // public address without a slash at the end: "https://hub.example"
	Secret     []byte // signs CSRF tokens
	Demo       bool   // the demo accounts exist: the sign-in page says so
	Log        *slog.Logger
	Now        func() time.Time
	Ready      func(context.Context) error // whether the dependencies answer
	API        Joined                      // what stands under /api/v1

	assets *assets
	kept   *kept
	marked markup.Cache // texts of posts
	sights sights       // the same, as open pages are told them

	present   present   // who has which form open
	mentioned pace.Pace // how often people ask whom they can mention
}

// Joined is what else is served, to whoever the pages know.
type Joined interface{ Routes(fiber.Router) }

// Viewer is who asks, in a request that has passed the pages' sign-in.
func Viewer(c *fiber.Ctx) hub.Viewer {
	v, _ := identity(c)
	return v
}

// timeout is how long a page may take.
const timeout = 5 * time.Second

// Routes joins the pages to app. Every page stands under /{lang}; the order
// of the doors is that of the masthead.
func (s *Site) Routes(app *fiber.App) error {
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return err
	}
	s.kept = newKept(func() uint64 { return s.Records.Catalogue.Rev() + s.Finder.Rev() + s.Shelf.Rev() + s.day() })

	app.Use(s.trace)
	app.Use(s.guard)
	s.plainRoutes(app)
	s.liveRoutes(app)
	s.fileRoutes(app)
	if s.Provider != nil {
		app.Get(openid.CallbackPath, s.signedIn, s.providerBack)
	}

	s.API.Routes(app.Group("/api/v1", s.signedIn))

	pages := app.Group("/:lang<len(2)>", s.signedIn, s.sameSite)
	s.homeRoutes(pages)
	s.libraryRoutes(pages)
	s.contributeRoutes(pages)
	s.practiceRoutes(pages)
	s.challengeRoutes(pages)
	s.mechanismRoutes(pages)
	s.toolkitRoutes(pages)
	s.systemRoutes(pages)
	s.networkRoutes(pages)
	s.eventRoutes(pages)
	s.glossaryRoutes(pages)
	s.summaryRoutes(pages)
	s.discussRoutes(pages)
	s.roomRoutes(pages)
	s.newsRoutes(app, pages)
	s.searchRoutes(pages)
	s.shelfRoutes(pages)
	s.collectionRoutes(pages)
	s.moderationRoutes(pages)
	s.wordsRoutes(pages)
	s.signinRoutes(pages)
	s.joinRoutes(pages)
	s.seatRoutes(pages)
	s.accountRoutes(pages)
	s.expertRoutes(pages)

	return nil
}

// day counts the days, in UTC: what is kept is made anew with each, since pages
// say what is stale and what comes next.
func (s *Site) day() uint64 { return uint64(s.Now().Unix() / (24 * 60 * 60)) }

func (s *Site) layoutAssets() layout.Assets {
	return layout.Assets{CSS: s.assets.css.path, JS: s.assets.js.path, Icon: s.assets.icon.path}
}
