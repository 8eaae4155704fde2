// Package notify tells people that there is news in what they follow: on the
// bell of their pages, and by mail in the way that they have chosen. A mail
// says that there is some, and how much; what it is stands behind the sign-in,
// but for the titles of threads that everybody with an account may read.
// Whether its reader may still have it is decided again when it goes out.
package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
)

// LetterNews is the kind of the letter that says that there is news.
const LetterNews = "news"

// morning is the hour at which a digest goes out, where its reader is.
const morning = 7

// Pauses of the telling.
const (
	every = 5 * time.Second        // between looks for news
	shy   = 500 * time.Millisecond // after a hint: who has the thread open sees the post meanwhile
)

// Service tells people. Its fields are set once.
type Service struct {
	Discuss *discuss.Service
	Members *member.Service
	Mail    interface {
		Add(context.Context, mail.Item) error
	}
	// Candidates are who may know the answer to a question.
	Candidates func(context.Context, discuss.Thread) ([]Candidate, error)
	Secret     []byte // signs the links that end the mails
	Now        func() time.Time

	wake waker
}

// waker wakes Run; the zero value is ready.
type waker struct {
	once sync.Once
	c    chan struct{}
}

func (w *waker) signal() chan struct{} {
	w.once.Do(func() { w.c = make(chan struct{}, 1) })
	return w.c
}

// Wake has Run look for news soon. It does not block.
func (s *Service) Wake() {
	select {
	case s.wake.signal() <- struct{}{}:
	default: // it will look anyway
	}
}

// Run tells of news until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick, rising := time.NewTicker(every), time.NewTicker(riseTime)
	defer tick.Stop()
	defer rising.Stop()
	try := func(do func(context.Context) error) {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
	try(s.Rise)
	for {
		try(s.Tell)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-rising.C:
			try(s.Rise)
		case <-s.wake.signal():
			select {
			case <-ctx.Done():
				return
			case <-time.After(shy):
			}
		}
	}
}

// Tell rings the bell of everybody who follows a thread with news or is mentioned
// in it, and puts a
// mail into the outbox for who wants one. A crash on the way has it done again,
// and nobody is told twice: a bell that rings already rings on, and each mail
// has its cause. A thread that cannot be told of does not keep back the others.
func (s *Service) Tell(ctx context.Context) error {
	all, err := s.Discuss.Untold(ctx)
	errs := []error{err}
	for _, t := range all {
		errs = append(errs, s.tellOf(ctx, t))
	}
	calls, err := s.Discuss.Calls(ctx)
	errs = append(errs, err)
	for _, c := range calls {
		errs = append(errs, s.tellCalled(ctx, c))
	}
	asked, err := s.Discuss.Unasked(ctx)
	errs = append(errs, err)
	for _, p := range asked {
		errs = append(errs, s.tellAsked(ctx, p))
	}
	proposed, err := s.Discuss.ToTell(ctx)
	errs = append(errs, err)
	for _, p := range proposed {
		errs = append(errs, s.tellProposed(ctx, p))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("tell of news: %w", err)
	}
	return nil
}

func (s *Service) tellOf(ctx context.Context, t discuss.Thread) error {
	newest, err := s.Discuss.Newest(ctx, t)
	if err != nil {
		return err
	}
	if newest <= t.Told {
		return s.Discuss.Told(ctx, t)
	}
	followers, err := s.Discuss.Followers(ctx, t)
	if err != nil {
		return err
	}
	news := t
	news.Posts = newest
	for _, f := range followers {
		if err := s.tell(ctx, news, f); err != nil {
			return err
		}
	}
	return s.Discuss.Told(ctx, t)
}

// tell tells one person. There is one mail for each thread until its reader
// has looked at it, or one a day or a week for all.
func (s *Service) tell(ctx context.Context, t discuss.Thread, f discuss.Follower) error {
	v, p, err := s.Members.Viewer(ctx, f.Person)
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	way, seen, rings, err := s.Discuss.Ring(ctx, v, f, t, p.News)
	if err != nil || !rings || !mails(way) {
		return err
	}
	return s.Mail.Add(ctx, s.letter(p, way, t.ID, fmt.Sprintf("news %s %s %d", p.ID, t.ID, seen)))
}

// tellCalled tells those whom a post mentions, as those who follow its thread:
// who does both gets one mail.
func (s *Service) tellCalled(ctx context.Context, c discuss.Call) error {
	news := c.Thread
	news.Posts = c.Seq
	for _, person := range c.People {
		if err := s.tell(ctx, news, discuss.Follower{Person: person, Named: true}); err != nil {
			return err
		}
	}
	return s.Discuss.Called(ctx, c)
}

// tellAsked tells the author of a post that they are asked for their consent to
// its use. The bell of their pages knows it already; a mail says that there is
// news.
func (s *Service) tellAsked(ctx context.Context, asked discuss.Post) error {
	v, p, err := s.Members.Viewer(ctx, asked.By)
	if errors.Is(err, hub.ErrNotFound) {
		return s.Discuss.ToldAsked(ctx, asked)
	}
	if err != nil {
		return err
	}
	way, rings, err := s.Discuss.AskedFor(ctx, v, asked, p.News)
	if err != nil {
		return err
	}
	if rings && mails(way) {
		cause := fmt.Sprintf("consent %s %s %d", p.ID, asked.Thread, asked.Seq)
		if err := s.Mail.Add(ctx, s.letter(p, way, asked.Thread, cause)); err != nil {
			return err
		}
	}
	return s.Discuss.ToldAsked(ctx, asked)
}

// tellProposed tells those who are to decide on a proposal for a summary that
// it waits, and its author that it was decided on. As tellAsked.
func (s *Service) tellProposed(ctx context.Context, proposed discuss.Proposal) error {
	people, err := s.Discuss.Alert(ctx, proposed)
	if err != nil {
		return err
	}
	for _, person := range people {
		v, p, err := s.Members.Viewer(ctx, person)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		way, rings, err := s.Discuss.TellOf(ctx, v, proposed, p.News)
		if err != nil {
			return err
		}
		if !rings {
			continue
		}
		s.Discuss.Ringing(person)
		if mails(way) {
			cause := fmt.Sprintf("proposal %s %s %s", p.ID, proposed.ID, proposed.State)
			if err := s.Mail.Add(ctx, s.letter(p, way, proposed.Thread, cause)); err != nil {
				return err
			}
		}
	}
	return s.Discuss.ToldOf(ctx, proposed)
}

// letter is the mail to a person that there is news in a thread, in their way.
// cause is of a mail at once.
func (s *Service) letter(p member.Person, way member.News, thread, cause string) mail.Item {
	now := s.Now().In(p.Where())
	i := mail.Item{Kind: LetterNews, To: p.Email, Lang: langOf(p), Args: map[string]string{"person": p.ID}}
	switch way {
	case member.NewsDaily, member.NewsWeekly:
		i.After = nextMorning(now)
		if way == member.NewsWeekly {
			i.After = nextMonday(now)
		}
		i.Args["way"] = string(way)
		i.Cause = fmt.Sprintf("news %s %s %s", way, p.ID, i.After.Format(time.DateOnly))
	default:
		i.After = afterQuiet(now, p.Hours())
		i.Args["thread"] = thread
		i.Cause = cause
	}
	i.After = i.After.UTC()
	return i
}

func langOf(p member.Person) hub.Lang {
	if p.Lang == "" {
		return hub.English
	}
	return p.Lang
}

// afterQuiet is when the quiet hours are over in which a time is; zero when it
// is in none.
func afterQuiet(now time.Time, q member.Quiet) time.Time {
	if !q.Has(now.Hour()) {
		return time.Time{}
	}
	return nextAt(now, q.To)
}

// nextMorning is the next time that it is morning where the time is.
func nextMorning(now time.Time) time.Time { return nextAt(now, morning) }

// nextMonday is the next morning of a Monday where the time is.
func nextMonday(now time.Time) time.Time {
	day := nextMorning(now)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// nextAt is the next time that it is an hour of the day where the time is.
func nextAt(now time.Time, hour int) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// Letter is what the letter of a mail tells.
type Letter struct {
	To      string   // address
	Threads int      // with news
	Titles  []string // of those of them that everybody with an account may read; none in a mail at once
	Stop    string   // path that ends such mails
}

// maxTitles is how many titles a digest lists.
const maxTitles = 20

// News is what the letter of a mail tells. mail.ErrUnwanted when its reader has
// seen it, or may not read it any more, or wants no such mails.
func (s *Service) News(ctx context.Context, i mail.Item) (Letter, error) {
	v, p, err := s.Members.Viewer(ctx, i.Args["person"])
	if errors.Is(err, hub.ErrNotFound) {
		return Letter{}, mail.ErrUnwanted
	}
	if err != nil {
		return Letter{}, err
	}
	all, err := s.Discuss.News(ctx, v)
	if err != nil {
		return Letter{}, err
	}
	thread, way := i.Args["thread"], member.News(i.Args["way"])
	all = slices.DeleteFunc(all, func(n discuss.News) bool {
		return n.Way(p.News) != way || thread != "" && n.Thread.ID != thread
	})
	if len(all) == 0 {
		return Letter{}, mail.ErrUnwanted
	}
	l := Letter{To: p.Email, Threads: len(all), Stop: StopPath + s.token(p.ID, thread)}
	for _, n := range all {
		if thread == "" && n.Space.Tier.Open() && len(l.Titles) < maxTitles {
			l.Titles = append(l.Titles, n.Thread.Title)
		}
	}
	return l, nil
}
