package site

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
)

// plainRoutes joins what stands outside the languages.
func (s *Site) plainRoutes(app *fiber.App) {
	app.Get("/", s.root)
	for _, a := range []asset{s.assets.css, s.assets.js, s.assets.icon} {
		app.Get(a.path, a.send)
	}
	app.Get("/favicon.ico", s.assets.icon.send)
	app.Get("/robots.txt", s.robots)
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/readyz", s.readyz)
}

// root leads to the home page in the language that the browser asks for.
func (s *Site) root(c *fiber.Ctx) error {
	c.Set(fiber.HeaderVary, "Accept-Language")
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return c.Redirect("/"+string(accepted(c.Get(fiber.HeaderAcceptLanguage)))+"/", http.StatusFound)
}

// robots asks search engines to keep to the pages, without filters.
func (s *Site) robots(c *fiber.Ctx) error {
	return c.SendString("User-agent: *\nDisallow: /*?\nDisallow: /api/\nDisallow: /*/signin\n")
}

// readyz says whether the dependencies answer.
func (s *Site) readyz(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), time.Second)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return c.Status(http.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ready\n")
}
