package site

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/web/part"
)

// wrong is what is wrong with the fields of a form, in the reader's words, by
// field; nil when the error is about something else.
func (r *request) wrong(err error) map[string]string {
	var all map[string]string
	for _, i := range invalids(err) {
		if all == nil {
			all = map[string]string{}
		}
		if all[i.Field] == "" {
			all[i.Field] = r.T("wrong."+i.Reason, "limit", strconv.Itoa(i.Limit))
		}
	}
	return all
}

// invalids are all the fields that an error names: it may be several joined.
func invalids(err error) []*hub.Invalid {
	switch e := err.(type) {
	case nil:
		return nil
	case *hub.Invalid:
		return []*hub.Invalid{e}
	case interface{ Unwrap() []error }:
		var all []*hub.Invalid
		for _, one := range e.Unwrap() {
			all = append(all, invalids(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return invalids(e.Unwrap())
	}
	return nil
}

// filled are fields with what was typed, and what was wrong with it.
func (r *request) filled(fields []part.Field, wrong map[string]string) []part.Field {
	for i, f := range fields {
		if r.c.Method() == fiber.MethodPost {
			r.retype(&fields[i])
		}
		fields[i].Error = wrong[f.Name]
	}
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	return fields
}

// retype fills a field with what was typed.
func (r *request) retype(f *part.Field) {
	if f.Type == "checks" {
		f.Options = checked(f.Options, r.several(f.Name))
	} else {
		f.Value = r.typed(f.Name)
	}
}

// typed is a value of the form that was sent.
func (r *request) typed(name string) string {
	if r.c == nil { // what is pushed to a page answers no form
		return ""
	}
	return r.c.FormValue(name)
}

// done leads back to a page that says what was done, so that loading it again
// does nothing twice.
func (r *request) done(path, what string) error {
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.Redirect(r.href(path)+"?done="+what, fiber.StatusSeeOther)
}

// didSay is the message of what was done; nothing for anything unknown.
func (r *request) didSay() string {
	if key := "done." + r.query.Get("done"); r.Has(key) {
		return r.T(key)
	}
	return ""
}

// states are the States to choose from, in the reader's language; none names
// the choice of none.
func (r *request) states(none string) []part.Option {
	all := []part.Option{{Label: none}}
	for _, s := range r.site.Vocabulary.StatesByName(r.Lang) {
		all = append(all, part.Option{Value: string(s), Label: r.site.Vocabulary.StateName(s, r.Lang)})
	}
	return all
}

// langsField asks which further languages somebody reads.
func (r *request) langsField(chosen []hub.Lang) part.Field {
	f := part.Field{Name: "langs", Label: r.T("account.langs"), Hint: r.T("account.langs.hint"), Type: "checks", Options: r.languages(), Optional: true}
	for i, o := range f.Options {
		f.Options[i].Checked = slices.Contains(chosen, hub.Lang(o.Value))
	}
	return f
}

// langs are the further languages that were chosen.
func (r *request) langs() []hub.Lang {
	var all []hub.Lang
	for _, l := range r.several("langs") {
		all = append(all, hub.Lang(l))
	}
	return all
}

// languages are the languages to choose from, in their own names.
func (r *request) languages() []part.Option {
	var all []part.Option
	for _, l := range hub.Langs {
		all = append(all, part.Option{Value: string(l), Label: l.Name()})
	}
	return all
}
