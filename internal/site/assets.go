package site

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/web"
)

// asset is a file that pages load. Its address holds a digest of its content,
// so that browsers may keep it for ever.
type asset struct {
	path string
	page *keptPage
}

type assets struct{ css, js, icon asset }

func loadAssets() (*assets, error) {
	css, err := joinCSS()
	if err != nil {
		return nil, err
	}
	js, err := fs.ReadFile(web.Files, "dist/hub.js")
	if err != nil {
		return nil, fmt.Errorf("read the script: %w", err)
	}
	icon, err := fs.ReadFile(web.Files, "icon.svg")
	if err != nil {
		return nil, fmt.Errorf("read the icon: %w", err)
	}
	return &assets{
		css:  newAsset("hub", "css", "text/css; charset=utf-8", []byte(css)),
		js:   newAsset("hub", "js", "text/javascript; charset=utf-8", js),
		icon: newAsset("icon", "svg", "image/svg+xml", icon),
	}, nil
}

func newAsset(name, ext, contentType string, body []byte) asset {
	sum := sha256.Sum256(body)
	digest := base64.RawURLEncoding.EncodeToString(sum[:9])
	return asset{path: "/assets/" + name + "." + digest + "." + ext, page: compress(body, contentType)}
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s+`)
)

// joinCSS joins the style sheets in the order of their names, without
// comments and line breaks.
func joinCSS() (string, error) {
	names, err := fs.Glob(web.Files, "css/*.css")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, name := range names {
		raw, err := fs.ReadFile(web.Files, name)
		if err != nil {
			return "", fmt.Errorf("read the style sheet: %w", err)
		}
		b.Write(raw)
		b.WriteByte('\n')
	}
	return cssSpace.ReplaceAllString(cssComment.ReplaceAllString(b.String(), ""), " "), nil
}

func (a asset) send(c *fiber.Ctx) error {
	if err := a.page.send(c); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, "Accept-Encoding")
	return nil
}
