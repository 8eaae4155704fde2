package site

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/web/layout"
	"nmirfhub/web/page/words"
)

func (s *Site) wordsRoutes(pages fiber.Router) {
	for _, w := range wordPages {
		s.get(pages, w.path, s.words(w))
	}
}

// wordPage is a page of explanations: its path, the stem of its messages, and
// its sections by name. A section says the messages {stem}.{section} (its
// heading), .p1, .p2 ... and the points .l1, .l2 ..., as many as there are.
type wordPage struct {
	path, stem string
	sections   []string
}

var wordPages = []wordPage{
	{"/about", "about", []string{"what", "who-sees-what", "checked", "join", "contact"}},
	{"/accessibility", "accessibility", []string{"aim", "how", "limits", "tell"}},
	{"/privacy", "privacy", []string{"visitors", "members", "cookies", "logs", "rights"}},
	{"/terms", "terms", []string{"use", "content", "network", "disclaimer"}},
}

func (s *Site) words(w wordPage) handler {
	return func(ctx context.Context, r *request) error {
		return r.render(ctx, words.Page(r.wordView(w, "")))
	}
}

func (r *request) wordView(w wordPage, door string) words.View {
	v := words.View{Base: r.base(r.T(w.stem+".title"), door), Lede: r.T(w.stem + ".lede")}
	v.Description = v.Lede
	for _, name := range w.sections {
		key := w.stem + "." + name
		v.Sections = append(v.Sections, words.Section{
			ID: name, Heading: r.T(key), Paragraphs: r.series(key + ".p"), Points: r.series(key + ".l"), Steps: r.Has(key + ".steps"),
		})
	}
	return v
}

// series says the messages stem1, stem2 ... as far as there are any.
func (r *request) series(stem string) []string {
	var all []string
	for i := 1; r.Has(stem + strconv.Itoa(i)); i++ {
		all = append(all, r.T(stem+strconv.Itoa(i)))
	}
	return all
}

// memberDoor is the page of a door of the members' area for who is outside.
// What stands behind it is told to nobody: the page is the same whether or not
// there is anything.
func (s *Site) memberDoor(door string) handler {
	return func(ctx context.Context, r *request) error {
		w := wordPage{stem: "outside." + door, sections: []string{"what", "rules", "join"}}
		v := r.wordView(w, door)
		v.Members, v.Locked = true, true
		v.Acts = []layout.Link{r.crumb("/about#join", "foot.help.join")}
		if !r.viewer.SignedIn() {
			v.Acts = append([]layout.Link{r.crumb("/signin", "signin")}, v.Acts...)
		}
		return r.render(ctx, words.Page(v))
	}
}
