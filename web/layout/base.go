// Package layout is the frame of every page: head, masthead, footer, and the
// page that says what went wrong.
package layout

import (
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/web/part"
)

// Base is what every page needs beside its own content. Page structs embed it.
type Base struct {
	*i18n.Printer        // T, N, Number, Day, Date, List in the reader's language
	Title         string // of the page, without the name of the hub
	Description   string // one sentence for search engines and link cards; may be empty
	Path          string // address without the language prefix, with query: "/library?type=guide"
	Origin        string // public address of the hub without a slash at the end
	Door          string // the door that is current in the masthead: "library"; empty for none
	Members       bool   // the page is of the members' area: plum
	Person        string // name of who is signed in; empty when nobody is
	Bell          string // says in how many threads there is news for them
	News          int    // how many those are, as far as they are counted
	Desk          string // where their desk is; empty for who has none
	CSRF          string // token for forms; empty on pages without forms
	RequestID     string
	Assets        Assets
	Crumbs        []Link           // from home on, without the page itself; home is added
	WithoutSearch bool             // the page has a search box of its own
	Flush         bool             // main has no padding of its own
	Translated    part.Translation // says that title and summary are a translation
	Private       bool             // search engines are asked to keep out
	Notice        string           // something about this answer; empty for nothing
}

// Assets are the addresses of the files that pages load.
type Assets struct{ CSS, JS, Icon string }

// Link is a place to go. Href is a path with its language prefix.
type Link struct {
	Href, Text string
}

// Href gives a path of the hub its language prefix.
func (b Base) Href(path string) string { return "/" + string(b.Lang) + path }

// HrefIn is the address of this same page in another language.
func (b Base) HrefIn(l hub.Lang) string { return "/" + string(l) + b.Path }

// Has says whether a link or text is there.
func (l Link) Has() bool { return l.Href != "" }

// doors are the entries of the masthead, in their order.
var doors = []struct{ path, key string }{
	{"/library", "library"},
	{"/practices", "practices"},
	{"/mechanisms", "mechanisms"},
	{"/experts", "experts"},
	{"/toolkit", "toolkit"},
	{"/discuss", "discuss"},
}

// footer is the footer's columns: a heading and its links, by message key.
var footer = []struct {
	key   string
	links []struct{ path, key string }
}{
	{"foot.about", []struct{ path, key string }{
		{"/about", "foot.about.what"}, {"/about#who-sees-what", "foot.about.who"}, {"/about#checked", "foot.about.checked"}, {"/terms", "foot.about.terms"}, {"/privacy", "foot.about.privacy"},
	}},
	{"foot.more", []struct{ path, key string }{
		{"/systems", "foot.more.systems"}, {"/networks", "foot.more.networks"}, {"/events", "foot.more.events"}, {"/mechanisms/compare", "foot.more.compare"},
	}},
	{"foot.help", []struct{ path, key string }{
		{"/glossary", "foot.help.glossary"}, {"/accessibility", "foot.help.accessibility"}, {"/join", "foot.help.join"}, {"/about#contact", "foot.help.contact"},
	}},
}

func (b Base) pageTitle() string {
	if b.Title == "" {
		return b.T("hub.name")
	}
	return b.Title + " – " + b.T("hub.name")
}

// canonical is the page's address without its query: lists in all their
// filters are one page to a search engine.
func (b Base) canonical(l hub.Lang) string {
	path, _, _ := strings.Cut(b.Path, "?")
	return b.Origin + "/" + string(l) + path
}
