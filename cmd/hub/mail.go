package main

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/desk"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/letters"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/mail/wire"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
	"nmirfhub/internal/people"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
	"nmirfhub/web"
)

// loadCatalogs reads what pages and mails say.
func loadCatalogs() (*i18n.Catalogs, error) {
	words, err := fs.Sub(web.Files, "catalog")
	if err != nil {
		return nil, err
	}
	return i18n.Load(words)
}

// openPeople puts together who comes in, and the mails that tell them.
func (p *program) openPeople(x *parts, catalogs *i18n.Catalogs, log *slog.Logger) (*people.Service, *notify.Service, *mail.Outbox, error) {
	now := func() time.Time { return time.Now().UTC() }
	sender, err := p.sender()
	if err != nil {
		return nil, nil, nil, err
	}
	host := "localhost"
	if u, err := url.Parse(p.settings.baseURL); err == nil {
		host = u.Hostname()
	}
	box := &mail.Outbox{
		Store: store.Only(x.store, names(mail.Collections())...), Sender: sender, Host: host, Now: now,
		Report: func(err error) { log.Warn("mail", "error", err) },
	}
	known := func(s hub.State) bool { _, known := x.vocabulary.State(s); return known }
	folk := &people.Service{
		Door: x.door, Members: x.members, Store: store.Only(x.store, names(people.Collections())...), Mail: box, Talk: x.talk, Lists: x.shelf, Records: x.records, Log: x.log, Secret: x.secret,
		Known: known, Sets: x.writing.Sets, Checker: x.writing.Checker, Now: now, NewID: hub.NewID, ConfirmMonths: p.settings.confirmMonths,
	}
	x.trials.Roster = folk
	x.talk.Holders = folk.Holders
	x.talk.Somebody = func(l hub.Lang, former bool) string { return catalogs.In(l).Somebody(former) }
	tell := &notify.Service{
		Discuss: x.talk, Members: x.members, Mail: box, Secret: x.secret, Now: now,
		Candidates: func(ctx context.Context, t discuss.Thread) (found []notify.Candidate, err error) {
			about := people.About{Lang: t.Lang, Capacities: t.Tagged("capacity")}
			for _, code := range t.Tagged(discuss.States) {
				about.States = append(about.States, hub.State(code))
			}
			all, err := folk.Candidates(ctx, about)
			for _, c := range all {
				found = append(found, notify.Candidate{Follower: discuss.Follower{Person: c.Person, Seat: c.Seat}, Fit: c.Fit})
			}
			return found, err
		},
	}
	x.desk = &desk.Service{
		Door: x.door, Store: store.Only(x.store, names(desk.Collections())...), Records: x.records, People: folk, Talk: x.talk, Members: x.members, Log: x.log, Now: now,
	}
	x.turns = newTurns(x.records, x.members, folk, box, now)
	box.Compose = (&letters.Writer{Catalogs: catalogs, People: folk, Notify: tell, Turns: x.turns, Origin: p.settings.baseURL, State: x.vocabulary.StateName}).Write
	return folk, tell, box, nil
}

// newTurns is what tells people that it is their turn with a record.
func newTurns(records *record.Service, members *member.Service, folk *people.Service, box *mail.Outbox, now func() time.Time) *contribute.Turns {
	reader := func(p member.Person) contribute.Reader {
		return contribute.Reader{ID: p.ID, Address: p.Email, Lang: cmp.Or(p.Lang, hub.English)}
	}
	return &contribute.Turns{
		Records: records, Mail: box, Now: now,
		Person: func(ctx context.Context, id string) (contribute.Reader, error) {
			p, err := members.Person(ctx, id)
			return reader(p), err
		},
		Coordinators: func(ctx context.Context, m hub.State) ([]contribute.Reader, error) {
			var all []contribute.Reader
			found, err := folk.Coordinators(ctx, m)
			for _, p := range found {
				all = append(all, reader(p))
			}
			return all, err
		},
	}
}

func (p *program) sender() (mail.Sender, error) {
	if p.settings.smtpURL != "" {
		return wire.NewServer(p.settings.smtpURL, p.settings.mailFrom)
	}
	return &wire.Folder{Dir: filepath.Join(p.settings.data, "mail"), From: p.settings.mailFrom}, nil
}
