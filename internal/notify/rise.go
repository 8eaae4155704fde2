package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
)

// LetterAsked is the kind of the letter that says that a question waits for an
// answer.
const LetterAsked = "asked"

// Limits of asking.
const (
	MaxAsked = 5 // people for a thread
	MaxOwed  = 5 // questions that wait for one person; who has so many is asked no more
	riseTime = 10 * time.Minute
)

// Candidate is somebody who may know the answer to a question.
type Candidate struct {
	discuss.Follower
	Fit int // how much of what it is about they know
}

// Rise asks a few people for an answer to each question that has waited too
// long: those who understand its language and may answer there; who knows most
// of what it is about first, then who signed in last. A thread asks once for all time: who is asked is written down before
// they are told, and a crash on the way has the same people told, once.
func (s *Service) Rise(ctx context.Context) error {
	all, err := s.Discuss.Waiting(ctx)
	errs := []error{err}
	for _, t := range all {
		errs = append(errs, s.rise(ctx, t))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("questions that wait: %w", err)
	}
	return nil
}

func (s *Service) rise(ctx context.Context, t discuss.Thread) error {
	whom, err := s.choose(ctx, t)
	if err != nil {
		return err
	}
	asked, err := s.Discuss.Rise(ctx, t, whom)
	if err != nil {
		return err
	}
	for _, who := range asked {
		people := []discuss.Follower{{Person: who}}
		if seat, is := strings.CutPrefix(who, discuss.OfSeat("")); is {
			if people, err = s.holders(ctx, seat); err != nil {
				return err
			}
		}
		for _, f := range people {
			if err := s.ask(ctx, t, f); err != nil {
				return err
			}
		}
	}
	return s.Discuss.Asked(ctx, t)
}

func (s *Service) holders(ctx context.Context, seat string) (found []discuss.Follower, err error) {
	all, err := s.Discuss.Holders(ctx, seat)
	for _, p := range all {
		found = append(found, discuss.Follower{Person: p, Seat: seat})
	}
	return found, err
}

// choose picks who is asked for an answer to a thread: seats, so that the
// question passes on with them, and persons who are asked by themselves.
func (s *Service) choose(ctx context.Context, t discuss.Thread) (whom []string, err error) {
	all, err := s.Candidates(ctx, t)
	if err != nil {
		return nil, err
	}
	type candidate struct {
		who  string
		fit  int
		last time.Time
	}
	var fit []candidate
	seen := map[string]bool{}
	for _, f := range all {
		v, p, err := s.Members.Viewer(ctx, f.Person)
		if errors.Is(err, hub.ErrNotFound) || seen[f.Person] {
			continue
		}
		if err != nil {
			return nil, err
		}
		seen[f.Person] = true
		answers, err := s.Discuss.Answers(ctx, v, t)
		if err != nil {
			return nil, err
		}
		owed, err := s.Discuss.AskedOf(ctx, v, MaxOwed)
		if err != nil {
			return nil, err
		}
		if !answers || len(owed) == MaxOwed {
			continue
		}
		who := f.Person
		if f.Seat != "" {
			who = discuss.OfSeat(f.Seat)
		}
		fit = append(fit, candidate{who, f.Fit, p.SignedIn})
	}
	slices.SortFunc(fit, func(a, b candidate) int {
		return cmp.Or(b.fit-a.fit, b.last.Compare(a.last), strings.Compare(a.who, b.who))
	})
	for _, c := range fit[:min(MaxAsked, len(fit))] {
		whom = append(whom, c.who)
	}
	return whom, nil
}

// ask tells somebody that a question waits for them.
func (s *Service) ask(ctx context.Context, t discuss.Thread, f discuss.Follower) error {
	v, p, err := s.Members.Viewer(ctx, f.Person)
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	way, _, _, err := s.Discuss.Ring(ctx, v, f, t, p.News)
	if err != nil || !mails(way) {
		return err
	}
	now := s.Now().In(p.Where())
	after := afterQuiet(now, p.Hours())
	if way != member.NewsAtOnce {
		after = nextMorning(now)
	}
	return s.Mail.Add(ctx, mail.Item{
		Kind: LetterAsked, To: p.Email, Lang: langOf(p), After: after.UTC(),
		Cause: "asked " + t.ID + " " + p.ID, Args: map[string]string{"person": p.ID, "thread": t.ID},
	})
}

// mails says whether somebody wants mails.
func mails(way member.News) bool { return way != member.NewsNever && way != member.NewsNothing }

// Asked is what the letter of a mail tells that asks for an answer.
// mail.ErrUnwanted when the question waits no more, or not for its reader.
func (s *Service) Asked(ctx context.Context, i mail.Item) (Letter, error) {
	v, p, err := s.Members.Viewer(ctx, i.Args["person"])
	if errors.Is(err, hub.ErrNotFound) {
		return Letter{}, mail.ErrUnwanted
	}
	if err != nil {
		return Letter{}, err
	}
	all, err := s.Discuss.AskedOf(ctx, v, discuss.MaxNews)
	if err != nil {
		return Letter{}, err
	}
	if !slices.ContainsFunc(all, func(n discuss.News) bool { return n.Thread.ID == i.Args["thread"] && mails(n.Way(p.News)) }) {
		return Letter{}, mail.ErrUnwanted
	}
	return Letter{To: p.Email, Threads: 1, Stop: StopPath + s.token(p.ID, i.Args["thread"])}, nil
}
