// Package letters is what the mails of the hub say, in their readers'
// languages. A letter is written when its mail goes out.
package letters

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/notify"
	"nmirfhub/internal/people"
)

// Writer writes letters. Its fields are set once.
type Writer struct {
	Catalogs *i18n.Catalogs
	People   *people.Service
	Notify   *notify.Service
	Turns    *contribute.Turns
	Origin   string // public address of the hub
	State    func(hub.State, hub.Lang) string
}

// Write writes the letter of a mail. mail.ErrUnwanted when it has lost its
// sense; an error for a kind that is not known.
func (w *Writer) Write(ctx context.Context, i mail.Item) (mail.Letter, error) {
	p := w.Catalogs.In(i.Lang)
	l := mail.Letter{Lang: i.Lang, Subject: p.T("letter." + i.Kind + ".subject"), Greeting: p.T("letter.greeting"), Closing: p.T("letter.closing")}
	switch i.Kind {
	case people.LetterInvitation:
		return w.invitation(ctx, i, p, l)
	case people.LetterReset:
		l.Paragraphs, l.After, l.Action = []string{p.T("letter.reset.p1")}, []string{p.T("letter.reset.after")}, p.T("letter.reset.action")
		var err error
		l.Link, l.To, err = w.People.ResetLink(ctx, i)
		return l, err
	case people.LetterNotice:
		at, err := time.Parse(time.RFC3339, i.Args["at"])
		l.Paragraphs = []string{p.T("letter.notice."+i.Args["what"], "day", p.Day(at), "time", at.Format("15:04"))}
		if i.Args["what"] == people.NoticeDeputy {
			l.Action, l.Link = p.T("account.title"), w.Origin+"/"+string(i.Lang)+"/account"
			return l, err
		}
		l.Paragraphs = append(l.Paragraphs, p.T("letter.notice.else"))
		l.Action, l.Link = p.T("security.title"), w.Origin+"/"+string(i.Lang)+"/account/security"
		return l, err
	case people.LetterRoster:
		l.Paragraphs, l.Action, l.Link = []string{p.T("letter.roster.p1")}, p.T("experts.mine"), w.Origin+"/"+string(i.Lang)+"/experts/mine"
		return l, nil
	case people.LetterRelay:
		name, address, m, err := w.People.Relayed(ctx, i)
		l.Paragraphs = append([]string{p.T("letter.relay.p1", "name", name, "state", w.State(m, i.Lang))}, strings.Split(i.Args["message"], "\n\n")...)
		l.After = []string{p.T("letter.relay.after", "address", address)}
		return l, err
	case people.LetterConfirm:
		d, err := w.People.Reminded(ctx, i)
		l.Paragraphs = []string{p.T("letter.confirm.p1", "day", p.Day(d.By)), p.T("seats.confirm.what")}
		l.Action, l.Link = p.T("seats.title"), w.Origin+"/"+string(i.Lang)+people.SeatsPath(d.Mechanism)
		return l, err
	case notify.LetterNews:
		n, err := w.Notify.News(ctx, i)
		l.To, l.Paragraphs, l.Items, l.After = n.To, []string{p.N("letter.news.p1", n.Threads)}, n.Titles, []string{p.T("letter.news.after")}
		if len(n.Titles) > 0 {
			l.Paragraphs = append(l.Paragraphs, p.T("letter.news.titles"))
		}
		l.Action, l.Link, l.Unsubscribe = p.T("news.title"), w.Origin+"/"+string(i.Lang)+"/news", w.Origin+n.Stop
		return l, err
	case notify.LetterAsked:
		n, err := w.Notify.Asked(ctx, i)
		l.To, l.Paragraphs, l.After = n.To, []string{p.T("letter.asked.p1"), p.T("letter.asked.p2")}, []string{p.T("letter.news.after")}
		l.Action, l.Link, l.Unsubscribe = p.T("news.title"), w.Origin+"/"+string(i.Lang)+"/news", w.Origin+n.Stop
		return l, err
	case contribute.LetterStep:
		to, at, err := w.Turns.Told(ctx, i)
		l.Subject, l.To, l.Paragraphs = p.T("letter.step."+i.Args["step"]+".subject"), to, []string{p.T("letter.step." + i.Args["step"] + ".p1")}
		l.Action, l.Link = p.T("contribute.title"), w.Origin+"/"+string(i.Lang)+at
		return l, err
	case people.LetterDeclined:
		l.Paragraphs = []string{p.T("letter.declined.p1"), p.T("letter.declined.p2")}
		return l, nil
	}
	return l, &mail.Refused{Err: fmt.Errorf("there is no letter of the kind %q", i.Kind)}
}

func (w *Writer) invitation(ctx context.Context, item mail.Item, p *i18n.Printer, l mail.Letter) (mail.Letter, error) {
	i, token, err := w.People.Invited(ctx, item)
	if err != nil {
		return l, err
	}
	l.Paragraphs = []string{p.T("letter.invitation.p1"), p.T("invite.offer."+string(i.Role), "state", w.State(i.Mechanism, i.Lang))}
	l.Action, l.Link = p.T("letter.invitation.action"), w.Origin+"/"+string(i.Lang)+people.InvitePath+token
	l.After = []string{p.T("letter.invitation.after", "day", p.Day(i.Expires))}
	return l, nil
}
