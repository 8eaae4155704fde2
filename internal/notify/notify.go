// Package notify tells people by mail that there is news in what they follow.
// A mail says that there is some, and how much; what it is stands behind the
// sign-in. Whether its reader may still have it is decided again when it goes
// out.
package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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

// LetterNews is the kind of the letter that says that there is news.
const LetterNews = "news"

// StopPath is where the mails are ended with one click; a token follows.
const StopPath = "/unsubscribe/"

// The night, in the reader's time zone, in which nobody is told.
const (
	morning = 7
	evening = 21
)

// every is the pause between looks for news.
const every = 5 * time.Second

// Service tells people. Its fields are set once.
type Service struct {
	Discuss *discuss.Service
	Members *member.Service
	Mail    interface {
		Add(context.Context, mail.Item) error
	}
	Secret []byte // signs the links that end the mails
	Now    func() time.Time
}

// Run tells of news until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.Tell(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Tell puts a mail into the outbox for everybody who follows a thread with
// news. A crash on the way has it done again, and nobody is told twice: each
// mail has its cause.
func (s *Service) Tell(ctx context.Context) error {
	all, err := s.Discuss.Untold(ctx)
	if err != nil {
		return fmt.Errorf("tell of news: %w", err)
	}
	for _, t := range all {
		followers, err := s.Discuss.Followers(ctx, t)
		if err != nil {
			return fmt.Errorf("tell of news: %w", err)
		}
		for _, m := range followers {
			if m.Seq >= t.Posts {
				continue
			}
			if err := s.tell(ctx, t, m); err != nil {
				return fmt.Errorf("tell of news: %w", err)
			}
		}
		if err := s.Discuss.Told(ctx, t); err != nil {
			return fmt.Errorf("tell of news: %w", err)
		}
	}
	return nil
}

// tell puts one mail into the outbox. There is one for each thread until its
// reader has looked at it, or one a day for all.
func (s *Service) tell(ctx context.Context, t discuss.Thread, m discuss.Mark) error {
	_, p, err := s.Members.Viewer(ctx, m.Person)
	if errors.Is(err, hub.ErrNotFound) || p.News == member.NewsNever {
		return nil
	}
	if err != nil {
		return err
	}
	i := mail.Item{Kind: LetterNews, To: p.Email, Lang: p.Lang, Args: map[string]string{"person": p.ID}}
	if i.Lang == "" {
		i.Lang = hub.English
	}
	now := s.Now().In(p.Where())
	if p.News == member.NewsDaily {
		i.After = nextMorning(now)
		i.Cause = fmt.Sprintf("news daily %s %s", p.ID, i.After.Format(time.DateOnly))
	} else {
		if now.Hour() < morning || now.Hour() >= evening {
			i.After = nextMorning(now)
		}
		i.Args["thread"] = t.ID
		i.Cause = fmt.Sprintf("news %s %s %d", p.ID, t.ID, m.Seq)
	}
	i.After = i.After.UTC()
	return s.Mail.Add(ctx, i)
}

// nextMorning is the next time that it is morning where the time is.
func nextMorning(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), morning, 0, 0, 0, now.Location())
	if !day.After(now) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// News is what the letter of a mail tells: in how many threads there is news,
// and what ends such mails. mail.ErrUnwanted when its reader has seen it, or
// may not read it any more, or wants no mails.
func (s *Service) News(ctx context.Context, i mail.Item) (threads int, to, stop string, err error) {
	v, p, err := s.Members.Viewer(ctx, i.Args["person"])
	if errors.Is(err, hub.ErrNotFound) || p.News == member.NewsNever {
		return 0, "", "", mail.ErrUnwanted
	}
	if err != nil {
		return 0, "", "", err
	}
	all, err := s.Discuss.News(ctx, v)
	if err != nil {
		return 0, "", "", err
	}
	thread := i.Args["thread"]
	if len(all) == 0 || thread != "" && !slices.ContainsFunc(all, func(n discuss.News) bool { return n.Thread.ID == thread }) {
		return 0, "", "", mail.ErrUnwanted
	}
	return len(all), p.Email, StopPath + s.token(p.ID), nil
}

// token is what the link holds that ends the mails of a person.
func (s *Service) token(person string) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("hub unsubscribe 1\n" + person))
	return person + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Stop ends the mails of the person whose link has the token. To end them
// twice is no error. hub.ErrNotFound for any other token.
func (s *Service) Stop(ctx context.Context, token string) error {
	person, err := s.holder(token)
	if err != nil {
		return err
	}
	p, err := s.Members.Person(ctx, person)
	if err != nil {
		return err
	}
	return s.Members.SetNews(ctx, person, member.NewsNever, p.Zone)
}

// Stops says whether the token ends somebody's mails. hub.ErrNotFound when not.
func (s *Service) Stops(token string) error {
	_, err := s.holder(token)
	return err
}

func (s *Service) holder(token string) (string, error) {
	person, _, _ := strings.Cut(token, ".")
	if len(token) > 200 || person == "" || !hmac.Equal([]byte(token), []byte(s.token(person))) {
		return "", hub.ErrNotFound
	}
	return person, nil
}
