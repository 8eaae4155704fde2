package api

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/problem"
	"nmirfhub/internal/question"
)

// details is a problem as RFC 9457 has it.
type details struct {
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail,omitempty"` // what to do
	Field  string  `json:"field,omitempty"`  // the first that is wrong
	Errors []fault `json:"errors,omitempty"` // each thing that is wrong
	Now    any     `json:"now,omitempty"`    // what is there instead of what was changed
	Sent   any     `json:"sent,omitempty"`   // and what was sent
}

// fault is one thing that is wrong with what was sent.
type fault struct {
	Field    string   `json:"field"` // as in what was sent: "title", "stage", "steps.2.days"
	Question string   `json:"question,omitempty"`
	Row      *int     `json:"row,omitempty"` // of a table, counted from 0
	Column   string   `json:"column,omitempty"`
	Reason   string   `json:"reason"`
	Limit    int      `json:"limit,omitempty"`
	Choices  []string `json:"choices,omitempty"` // the codes that there are
	Detail   string   `json:"detail"`            // how to mend it
}

// The problems of the API alone.
var (
	errToken    = errors.Join(errors.New("the token is nobody's"), hub.ErrForbidden)
	errTooLarge = errors.New("what was sent is too large")
	errNoMatch  = errors.New("If-Match is missing")
)

// understood is an error of what could be read, and is wrong.
type understood struct{ error }

func (e understood) Unwrap() error { return e.error }

// stale answers who has not seen the last revision.
type stale struct {
	now, sent any
}

func (e *stale) Error() string { return "the revision is not the last one" }

// asks is what is wrong with answers to the questions of a set.
type asks struct {
	error
	set *question.Set
}

func (e asks) Unwrap() error { return e.error }

// fail answers with a problem. Nobody keeps it.
func (a *API) fail(c *fiber.Ctx, q asked, err error) error {
	d := a.details(c, q, err)
	c.Response().Header.Del(fiber.HeaderETag)
	c.Response().Header.Del(fiber.HeaderVary)
	c.Set(fiber.HeaderCacheControl, private)
	if err := c.Status(d.Status).JSON(d); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return nil
}

func (a *API) details(c *fiber.Ctx, q asked, err error) details {
	var old *stale
	var drafted *contribute.Drafted
	say := func(status int, stem string) details {
		return details{Title: a.Say(q.lang, stem+".title"), Status: status, Detail: a.Say(q.lang, stem+".do")}
	}
	switch {
	case errors.Is(err, errTooLarge):
		return details{Title: a.Say(q.lang, "problem.413.title"), Status: fiber.StatusRequestEntityTooLarge, Field: "body"}
	case errors.Is(err, errNoMatch):
		d := say(fiber.StatusPreconditionRequired, "api.428")
		d.Field = fiber.HeaderIfMatch
		return d
	case errors.As(err, &old):
		d := say(fiber.StatusPreconditionFailed, "api.412")
		d.Now, d.Sent = old.now, old.sent
		return d
	case errors.As(err, &drafted):
		d := say(fiber.StatusConflict, "api.drafted")
		d.Now = a.shape(q, drafted.Draft)
		return d
	}
	var sent understood
	p := problem.Of(err, errors.As(err, &sent))
	if p.Status == fiber.StatusForbidden && (!q.viewer.SignedIn() && !a.Viewer(c).SignedIn()) {
		p.Status = fiber.StatusUnauthorized
	}
	if p.Bug {
		a.Report(c, err)
	}
	if p.After > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, int(p.After.Seconds()))))
	}
	d := details{Title: a.Say(q.lang, p.Key+".title"), Status: p.Status, Field: p.Field}
	if all := invalids(err); len(all) > 0 {
		var of asks
		errors.As(err, &of)
		for _, x := range all {
			d.Errors = append(d.Errors, a.fault(q.lang, of.set, x))
		}
		d.Detail = d.Errors[0].Field + ": " + d.Errors[0].Detail
	}
	return d
}

// fault is what is wrong, in the reader's words. Set is the questions that
// were answered; nil for none.
func (a *API) fault(l hub.Lang, set *question.Set, x *hub.Invalid) fault {
	f := fault{Field: x.Field, Reason: x.Reason, Limit: x.Limit, Detail: a.Say(l, "api.wrong."+x.Reason, "limit", strconv.Itoa(x.Limit))}
	if set == nil {
		return f
	}
	code, cell, _ := strings.Cut(x.Field, ".")
	ask := set.Question(code)
	if ask == nil {
		return f
	}
	f.Question = code
	form, list := ask.Form, ask.List
	if row, column, in := strings.Cut(cell, "."); in {
		if n, err := strconv.Atoi(row); err == nil {
			f.Row, f.Column = &n, column
		}
		i := slices.IndexFunc(ask.Columns, func(c question.Column) bool { return c.Code == column })
		if i < 0 {
			return f
		}
		form, list = ask.Columns[i].Form, ask.Columns[i].List
	}
	if form == question.Choice || form == question.Several {
		f.Choices = a.codes(list)
	}
	return f
}

// codes are those of a vocabulary.
func (a *API) codes(list string) []string {
	var all []string
	for _, c := range a.Words.Codes(list) {
		all = append(all, c.Code)
	}
	return all
}

// invalids are the faults that an error joins.
func invalids(err error) []*hub.Invalid {
	if many, is := err.(interface{ Unwrap() []error }); is {
		var all []*hub.Invalid
		for _, one := range many.Unwrap() {
			all = append(all, invalids(one)...)
		}
		return all
	}
	if x, is := err.(*hub.Invalid); is {
		return []*hub.Invalid{x}
	}
	if one, is := err.(interface{ Unwrap() error }); is {
		return invalids(one.Unwrap())
	}
	return nil
}
