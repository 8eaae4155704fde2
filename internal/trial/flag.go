package trial

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Flag says that a question is unclear to somebody who answers it. Who that
// is, for which State and in which record is not kept.
type Flag struct {
	Set      string   `json:"set"` // "practice/2"
	Question string   `json:"question"`
	Words    string   `json:"words"` // what is unclear; may be empty
	Lang     hub.Lang `json:"lang"`  // of the form
	Day      string   `json:"day"`   // "2026-11-27"
}

// Limits of flags.
const (
	MostWords = 300  // runes of what is said
	MostFlags = 1000 // that moderators see of a version, the newest
)

// own finds the flags of a person in a record, and gives neither away.
func own(record, person string) string {
	sum := sha256.Sum256([]byte(record + "\x00" + person))
	return hex.EncodeToString(sum[:16])
}

// Own are the flags of the viewer in a record, by question.
func (s *Service) Own(ctx context.Context, v hub.Viewer, r *hub.Record) (map[string]Flag, error) {
	if !v.SignedIn() {
		return nil, hub.ErrNotFound
	}
	all, err := store.All[Flag](ctx, s.Store, flags, store.Query{Index: "own", Equal: [][]store.Value{{own(r.ID, v.Person)}}})
	if err != nil {
		return nil, err
	}
	by := map[string]Flag{}
	for _, f := range all {
		by[f.Question] = f
	}
	return by, nil
}

// Say keeps whether a question of a record is unclear to the viewer, who
// writes it, and what. The same again changes nothing. hub.ErrNotFound for who
// does not write it; hub.Invalid with the field "unclear.{question}".
func (s *Service) Say(ctx context.Context, v hub.Viewer, r *hub.Record, f Flag, unclear bool) error {
	if err := s.Door.May(v, hub.ActEdit, access.Record(r), s.Now()); err != nil || r.Questions == "" {
		return hub.ErrNotFound
	}
	set := s.Sets.Named(r.Questions)
	if set == nil || set.For(r).Question(f.Question) == nil {
		return hub.ErrNotFound
	}
	f.Set, f.Day = r.Questions, s.Now().Format(time.DateOnly)
	f.Words = clean(f.Words)
	if utf8.RuneCountInString(f.Words) > MostWords {
		return &hub.Invalid{Field: "unclear." + f.Question, Reason: hub.ReasonTooLong, Limit: MostWords}
	}
	id := own(r.ID, v.Person) + "." + f.Question
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	next := store.Doc{ID: id, Keys: map[string]store.Value{"own": own(r.ID, v.Person), "set": f.Set, "day": f.Day}, Body: body}
	for range store.MaxTries {
		was, rev, err := store.Load[Flag](ctx, s.Store, flags, id)
		there := err == nil
		switch {
		case err != nil && !errors.Is(err, hub.ErrNotFound):
			return err
		case !there && !unclear, there && unclear && was.Words == f.Words && was.Set == f.Set:
			return nil
		case !there:
			err = s.Store.Insert(ctx, flags, next)
		case unclear:
			next.Rev = rev
			err = s.Store.Update(ctx, flags, next)
		default:
			err = s.Store.Delete(ctx, flags, id, rev)
		}
		if !errors.Is(err, hub.ErrConflict) && (!there || !errors.Is(err, hub.ErrNotFound)) {
			return err
		}
	}
	return hub.ErrConflict
}

// clean makes one line of what was typed.
func clean(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
	return strings.Map(func(r rune) rune {
		if hub.NotInLine(r) {
			return -1
		}
		return r
	}, s)
}
