package contribute

import (
	"context"
	"errors"
	"strconv"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/record"
)

// LetterStep is the letter that says that somebody's turn has come. It says
// nothing of what was written.
const LetterStep = "step"

// Steps that people are told of, as the letter has them.
const (
	StepClear     = "clear"     // a text of their mechanism waits for its yes
	StepReturned  = "returned"  // theirs came back
	StepPublished = "published" // theirs is published
	StepStale     = "stale"     // theirs is to be looked at again
	StepAsked     = "asked"     // the moderators ask once more, before they archive it
)

// Reader is somebody who is told.
type Reader struct {
	ID, Address string
	Lang        hub.Lang
}

// Turns tells people that it is their turn. Its fields are set once. Safe for
// concurrent use, by several instances on one store.
type Turns struct {
	Records *record.Service
	Mail    interface {
		Add(context.Context, mail.Item) error
	}
	Person       func(ctx context.Context, id string) (Reader, error)     // hub.ErrNotFound for one who left
	Coordinators func(ctx context.Context, m hub.State) ([]Reader, error) // who says yes for a mechanism
	Now          func() time.Time
}

// lookEvery is how often Run looks; lookBack how far back: a mail is added
// again and again, and sent once.
const (
	lookEvery = time.Minute
	lookBack  = 3 * 24 * time.Hour
)

// Run tells until ctx ends. What it does is found in the records each time, so
// that a crash delays a mail and loses none.
func (t *Turns) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := t.Tell(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Tell adds the mails of all steps that were taken of late, and of records
// that are to be looked at again.
func (t *Turns) Tell(ctx context.Context) error {
	for _, status := range []hub.Status{hub.StatusClearing, hub.StatusReturned, hub.StatusPublished} {
		err := t.Records.Since(ctx, status, t.Now().Add(-lookBack), func(r *hub.Record) error { return t.tell(ctx, r) })
		if err != nil {
			return err
		}
	}
	return t.Records.Stale(ctx, t.Now(), func(r *hub.Record) error { return t.mail(ctx, r, StepStale) })
}

func (t *Turns) tell(ctx context.Context, r *hub.Record) error {
	switch {
	case r.Status == hub.StatusClearing:
		return t.mail(ctx, r, StepClear)
	case r.Status == hub.StatusReturned:
		return t.mail(ctx, r, StepReturned)
	case t.Now().Sub(r.Asked) < lookBack:
		return t.mail(ctx, r, StepAsked)
	case r.Change.Act == hub.ActPublished:
		return t.mail(ctx, r, StepPublished)
	}
	return nil
}

// mail adds the mails of one step, each once.
func (t *Turns) mail(ctx context.Context, r *hub.Record, step string) error {
	readers, err := t.readers(ctx, r, step)
	if err != nil {
		return err
	}
	for _, to := range readers {
		err := t.Mail.Add(ctx, mail.Item{
			Cause: "step " + step + " " + r.ID + " " + cause(r, step) + " " + to.ID, Kind: LetterStep, To: to.Address, Lang: to.Lang,
			Args: map[string]string{"step": step, "record": r.ID, "cause": cause(r, step), "person": to.ID},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// cause names what a mail is sent for: this revision, this day on which the
// record was to be looked at again, or the time at which it was asked about.
func cause(r *hub.Record, step string) string {
	switch step {
	case StepStale:
		return r.ReviewBy.Format(time.DateOnly)
	case StepAsked:
		return r.Asked.Format(time.RFC3339)
	}
	return strconv.FormatInt(r.Rev, 10)
}

// readers are whose turn it is.
func (t *Turns) readers(ctx context.Context, r *hub.Record, step string) ([]Reader, error) {
	if r.Mechanism != "" && (step == StepClear || step == StepStale || step == StepAsked) {
		return t.Coordinators(ctx, r.Mechanism)
	}
	if r.Author == "" {
		return nil, nil // shipped
	}
	to, err := t.Person(ctx, r.Author)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, nil
	}
	return []Reader{to}, err
}

// Told says whether a mail still has its sense when it goes out, to whom, and
// the path, below the language, of where its reader goes on. mail.ErrUnwanted
// when it has none.
func (t *Turns) Told(ctx context.Context, i mail.Item) (address, path string, err error) {
	step := i.Args["step"]
	r, err := t.Records.Bare(ctx, i.Args["record"])
	if errors.Is(err, hub.ErrNotFound) {
		return "", "", mail.ErrUnwanted
	}
	if err != nil {
		return "", "", err
	}
	if cause(r, step) != i.Args["cause"] {
		return "", "", mail.ErrUnwanted
	}
	readers, err := t.readers(ctx, r, step)
	if err != nil {
		return "", "", err
	}
	for _, to := range readers {
		if to.ID == i.Args["person"] {
			return to.Address, "/contribute", nil
		}
	}
	return "", "", mail.ErrUnwanted
}
