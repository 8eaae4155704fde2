// Package mail sends mail: what is to be sent waits in the store, once for
// each cause, until a server has taken it. A mail is composed when it is sent,
// for the person as they are then, so that nobody gets what is not for them
// any more; the outbox itself holds names of templates and their arguments,
// and nothing that is not to leave the hub.
package mail

import (
	"context"
	"html/template"
	"strings"
	"unicode"

	"nmirfhub/internal/hub"
)

// Letter is what a mail says, in its reader's language.
type Letter struct {
	To         string // the address that the hub has; empty: that of the item
	Lang       hub.Lang
	Subject    string
	Greeting   string
	Paragraphs []string
	Items      []string // a list after the paragraphs, each in a language of its own
	Action     string   // what the button says; empty for no button
	Link       string   // where it leads
	After      []string
	Closing    string
	// Unsubscribe is where a reader ends mails of this sort with one click;
	// empty for mails that cannot be ended, such as those of an account.
	Unsubscribe string
}

// Message is a mail as it goes out.
type Message struct {
	To          string // one address
	Subject     string
	Text        string
	HTML        string
	Unsubscribe string
	// ID names the mail. It is the same each time the mail is tried, so that
	// a second copy, after a crash, is known as one.
	ID string
}

// Sender hands a mail to whoever carries it on. An error that is a Refused
// means that trying again is no use. Safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Refused is the error of a mail that the server will never take.
type Refused struct{ Err error }

// Error says why.
func (r *Refused) Error() string { return "the mail is refused: " + r.Err.Error() }

// Unwrap is for errors.Is and errors.As.
func (r *Refused) Unwrap() error { return r.Err }

// MaxSubject is how many runes of a subject are sent.
const MaxSubject = 200

// message writes a letter out.
func (l Letter) message(to, id string) (Message, error) {
	var html strings.Builder
	if err := page.Execute(&html, l); err != nil {
		return Message{}, err
	}
	return Message{To: to, Subject: line(l.Subject), Text: l.text(), HTML: html.String(), Unsubscribe: l.Unsubscribe, ID: id}, nil
}

// line is a text on one line, for the head of a mail: without what cannot be
// seen, or turns the writing of what comes after it round.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case hub.NotInLine(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > MaxSubject {
		s = strings.TrimSpace(string(runes[:MaxSubject]))
	}
	return s
}

func (l Letter) text() string {
	all := []string{l.Greeting}
	all = append(all, l.Paragraphs...)
	for _, i := range l.Items {
		all = append(all, "- "+line(i))
	}
	if l.Link != "" {
		all = append(all, l.Action+":\n"+l.Link)
	}
	all = append(all, l.After...)
	all = append(all, l.Closing)
	if l.Unsubscribe != "" {
		all = append(all, l.Unsubscribe)
	}
	return strings.Join(all, "\n\n") + "\n"
}

// Dir is the direction of writing.
func (l Letter) Dir() string { return l.Lang.Dir() }

// page is the letter as HTML. Nothing in it is fetched from anywhere, and its
// styles stand on the elements, since many readers drop all others.
var page = template.Must(template.New("letter").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;background:#f4f6f5;color:#1c2726;font:17px/1.6 Georgia,serif">
<div style="max-width:34em;margin:0 auto;padding:32px;background:#fff;border-top:6px solid #0f5b54">
<p>{{.Greeting}}</p>
{{range .Paragraphs}}<p>{{.}}</p>
{{end}}{{if .Items}}<ul>
{{range .Items}}<li dir="auto">{{.}}</li>
{{end}}</ul>
{{end}}{{if .Link}}<p style="margin:28px 0"><a href="{{.Link}}" style="display:inline-block;padding:12px 20px;background:#0f5b54;color:#fff;text-decoration:none">{{.Action}}</a></p>
<p style="font-size:15px;color:#4a5957"><bdi dir="ltr">{{.Link}}</bdi></p>
{{end}}{{range .After}}<p>{{.}}</p>
{{end}}<p>{{.Closing}}</p>
</div>
</body>
</html>
`))
