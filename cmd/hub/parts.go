package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/contribute"
	"nmirfhub/internal/desk"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/event"
	"nmirfhub/internal/file"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/intake"
	"nmirfhub/internal/library"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/mechanism"
	"nmirfhub/internal/member"
	"nmirfhub/internal/network"
	"nmirfhub/internal/people"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/shelf"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/mongo"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/system"
	"nmirfhub/internal/toolkit"
	"nmirfhub/internal/trial"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

// parts is the program put together.
type parts struct {
	store      store.Store
	door       *access.Door
	vocabulary *vocabulary.Set
	records    *record.Service
	writing    *contribute.Service
	turns      *contribute.Turns
	trials     *trial.Service
	members    *member.Service
	talk       *discuss.Service
	desk       *desk.Service
	shelf      *shelf.Service
	log        *audit.Log
	secret     []byte
	written    func(collection, id string) // told of each write of the talk; may be nil
}

// collections is everything the store holds.
func collections() []store.Collection {
	return slices.Concat(record.Collections(), member.Collections(), finder.Collections(), mail.Collections(), people.Collections(), audit.Collections(), discuss.Collections(), desk.Collections(), trial.Collections(), shelf.Collections(), intake.Collections())
}

// open puts the program together. The caller closes what it returns.
func (p *program) open(ctx context.Context) (*parts, error) {
	if err := os.MkdirAll(p.settings.data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w; choose another with HUB_DATA", err)
	}
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		return nil, err
	}
	sets, err := question.Load(seed.Files, words)
	if err != nil {
		return nil, err
	}
	s, err := p.openStore(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := p.settings.signingKey()
	if err != nil {
		s.Close()
		return nil, err
	}
	door, err := access.New(policies.Files, s)
	if err != nil {
		s.Close()
		return nil, err
	}
	x := &parts{
		store: s, door: door, vocabulary: words, secret: secret,
		records: newRecords(door, s, words),
		log: &audit.Log{
			Store: store.Only(s, names(audit.Collections())...), Now: func() time.Time { return time.Now().UTC() },
			Seals: filepath.Join(p.settings.data, "audit.seal"), Key: secret,
		},
		members: &member.Service{Store: store.Only(s, names(member.Collections())...), BaseURL: p.settings.baseURL, Key: secret},
	}
	x.members.SignedIn = x.noteSignIn
	x.records.Decided, x.records.ArchiveMonths = x.noteDecision, p.settings.archiveMonths
	x.writing = newWriting(x.records, sets, words)
	x.trials = &trial.Service{
		Door: door, Store: store.Only(s, names(trial.Collections())...), Records: x.records, Sets: sets, Log: x.log, Now: func() time.Time { return time.Now().UTC() },
		Words: words,
	}
	if err := x.trials.Refresh(ctx); err != nil {
		s.Close()
		return nil, err
	}
	x.talk = &discuss.Service{
		Door: door, Members: x.members, Log: x.log,
		Store: store.Watch(store.Only(s, names(discuss.Collections())...), func(collection, id string) {
			if x.written != nil {
				x.written(collection, id)
			}
		}),
		Now: func() time.Time { return time.Now().UTC().Round(0) }, NewID: hub.NewID,
		Words: func(list, code string) bool {
			if list == discuss.States {
				_, known := words.State(hub.State(code))
				return known
			}
			return words.Known(list, code)
		},
	}
	x.shelf = &shelf.Service{
		Door: door, Store: store.Only(s, names(shelf.Collections())...), Records: x.records, Log: x.log,
		Now: func() time.Time { return time.Now().UTC().Round(0) }, NewID: hub.NewID,
	}
	return x, nil
}

// newWriting is how records are written: what a questionnaire asks for is
// asked of every record that answers it.
func newWriting(records *record.Service, sets *question.Sets, words *vocabulary.Set) *contribute.Service {
	w := &contribute.Service{Records: records, Sets: sets, Checker: question.Checker{Words: words, Exists: func(k hub.Kind, slug string) bool {
		return len(records.Heads(hub.Public, k, slug)) > 0
	}}}
	records.Asks = w.Asks
	return w
}

// newIntake is how publications come in without typing.
func (p *program) newIntake(x *parts, files *file.Service) *intake.Service {
	return &intake.Service{
		Door: x.door, Store: store.Only(x.store, names(intake.Collections())...), Records: x.records, Blobs: files.Blobs, Read: files.Read,
		Writing: x.writing, Sets: x.writing.Sets, Checker: x.writing.Checker, Now: func() time.Time { return time.Now().UTC() }, NewID: hub.NewID,
		Viewer: func(ctx context.Context, person string) (hub.Viewer, error) {
			v, _, err := x.members.Viewer(ctx, person)
			return v, err
		},
	}
}

// noteSignIn puts a sign-in on record, or one that failed: whose doing that was
// is not known.
func (x *parts) noteSignIn(ctx context.Context, person string, ok bool) error {
	a := audit.Act{What: people.ActSignIn, Object: "person:" + person, Outcome: audit.Refused}
	if ok {
		a.Who, a.Outcome = person, audit.Done
	}
	return x.log.Add(ctx, a)
}

// noteDecision puts a step of the review of a record on record. What was said
// with it stands in the record's history, for those who read that.
func (x *parts) noteDecision(ctx context.Context, r *hub.Record) error {
	return x.log.Add(ctx, audit.Act{Who: r.Change.By, What: "record." + string(r.Change.Act), Object: "record:" + r.ID, Outcome: audit.Done})
}

func newRecords(door *access.Door, s store.Writer, words *vocabulary.Set) *record.Service {
	kinds := map[hub.Kind]record.Kind{}
	for _, k := range []record.Kind{library.Kind(), practice.Kind(), mechanism.Kind(), toolkit.Kind(), system.Kind(), event.Kind(), network.Kind()} {
		kinds[k.Name] = k
	}
	return &record.Service{
		Door: door, Store: s, Catalogue: record.NewCatalogue(words.StateName), Kinds: kinds, Region: words.Region,
		Now: func() time.Time { return time.Now().UTC() }, NewID: hub.NewID,
	}
}

// mongoOptions are empty save in a program that is built for a test: see
// ferret.go.
var mongoOptions []mongo.Option

func (p *program) openStore(ctx context.Context) (store.Store, error) {
	if p.settings.mongoURI != "" {
		return mongo.Open(ctx, p.settings.mongoURI, collections(), mongoOptions...)
	}
	return sqlite.Open(filepath.Join(p.settings.data, "hub.db"), collections())
}

func (x *parts) Close() error { return x.store.Close() }

func names(cs []store.Collection) []string {
	var all []string
	for _, c := range cs {
		all = append(all, c.Name)
	}
	return all
}

// content is the shipped content, or that of a folder.
func content(dir string) (fs.FS, error) {
	if dir == "" {
		return seed.Files, nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder with the content: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder: name the one that holds the content", dir)
	}
	return os.DirFS(dir), nil
}
