// Package web embeds what pages are made of beside their components: style
// sheets, scripts, catalogs and the icon.
package web

import "embed"

// Files holds css/*.css (joined in the order of their names), dist/hub.js,
// icon.svg and catalog/{lang}/*.json.
//
//go:embed css/*.css dist/hub.js icon.svg catalog
var Files embed.FS
