package audit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/store"
)

// seal is the newest entry at a time, signed.
type seal struct {
	time string
	seq  int64
	hash string
}

// sign is the line of a seal in the file.
func (s seal) sign(key []byte) string {
	said := fmt.Sprintf("%s %d %s", s.time, s.seq, s.hash)
	m := hmac.New(sha256.New, key)
	m.Write([]byte("audit seal " + said))
	return said + " " + hex.EncodeToString(m.Sum(nil)) + "\n"
}

// readSeal reads a line of the file.
func readSeal(line string, key []byte) (seal, error) {
	parts := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(parts) != 4 {
		return seal{}, errors.New("a seal is no seal")
	}
	seq, err := strconv.ParseInt(parts[1], 10, 64)
	s := seal{parts[0], seq, parts[2]}
	if err != nil || !hmac.Equal([]byte(line), []byte(s.sign(key))) {
		return seal{}, errors.New("a seal is not signed by this hub")
	}
	return s, nil
}

// sealEvery is how often the end of the log is sealed.
const sealEvery = 24 * time.Hour

// Seal writes the newest entry into the file of seals, unless it stands there.
func (l *Log) Seal(ctx context.Context) error {
	last, err := l.last(ctx)
	if err != nil || last.Seq == 0 {
		return err
	}
	seals, whole, err := readSeals(l.Seals, l.Key)
	if err != nil {
		return err
	}
	if n := len(seals); n > 0 && seals[n-1].seq >= last.Seq {
		return nil
	}
	f, err := os.OpenFile(l.Seals, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("seal the log: %w", err)
	}
	s := seal{l.Now().UTC().Format(time.RFC3339), last.Seq, last.Hash}
	err = f.Truncate(whole) // what a crash has cut would spoil the line after it
	if err == nil {
		_, err = f.WriteAt([]byte(s.sign(l.Key)), whole)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("seal the log: %w", err)
	}
	return nil
}

// Run seals the log once a day until ctx ends, and when it begins.
func (l *Log) Run(ctx context.Context, report func(error)) {
	for ctx.Err() == nil {
		if err := l.Seal(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(sealEvery):
		}
	}
}

// readSeals reads the file of seals; there may be none. A last line without an
// end was cut by a crash, and does not count: whole is the length of the rest.
func readSeals(path string, key []byte) (all []seal, whole int64, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the seals: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		s, err := readSeal(line, key)
		if err != nil {
			return nil, 0, &Fault{Why: fmt.Sprintf("line %d of the seals: %v", len(all)+1, err)}
		}
		all = append(all, s)
		whole += int64(len(line))
	}
	return all, whole, nil
}

// Fault is what is wrong with a log: the first entry that is not as it was.
type Fault struct {
	Seq int64 // 0: of the seals
	Why string
}

// Error names the entry.
func (f *Fault) Error() string {
	if f.Seq == 0 {
		return "the audit log: " + f.Why
	}
	return fmt.Sprintf("the audit log, entry %d: %s", f.Seq, f.Why)
}

// Report is what a log holds.
type Report struct {
	Entries int64
	Head    string // hash of the newest entry
	Seals   int
}

// Verify walks the whole log. The error is a Fault where it is not as it was.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	seals, _, err := readSeals(l.Seals, l.Key)
	if err != nil {
		return Report{}, err
	}
	var failed error
	r, err := verify(l.walk(ctx, &failed), seals)
	if failed != nil {
		return r, failed
	}
	return r, err
}

// kept is an entry as the store has it.
type kept struct {
	id   string
	body []byte
}

// walk hands out the entries by number.
func (l *Log) walk(ctx context.Context, failed *error) iter.Seq[kept] {
	return func(yield func(kept) bool) {
		for after := ""; ; {
			page, err := l.Store.List(ctx, entries, store.Query{Index: "seq", After: after, Limit: store.MaxLimit})
			if err != nil {
				*failed = fmt.Errorf("read the audit log: %w", err)
				return
			}
			for _, d := range page.Docs {
				if !yield(kept{d.ID, d.Body}) {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}

// verify checks entries in the order of their numbers against each other and
// against the seals.
func verify(all iter.Seq[kept], seals []seal) (Report, error) {
	r := Report{Head: first, Seals: len(seals)}
	due := seals
	for k := range all {
		seq := r.Entries + 1
		fault := func(why string) (Report, error) { return r, &Fault{seq, why} }
		e, err := entryOf(k.body)
		switch {
		case err != nil:
			return fault("it cannot be read")
		case e.Seq > seq:
			return fault("it is missing")
		case e.Seq != seq || k.id != idOf(e.Seq):
			return fault("it has another number than its place")
		case e.Prev != r.Head:
			return fault("it does not follow on the one before")
		case e.Hash != e.sum():
			return fault("it was altered")
		}
		for len(due) > 0 && due[0].seq == seq {
			if due[0].hash != e.Hash {
				return fault("it is not what was sealed")
			}
			due = due[1:]
		}
		r.Entries, r.Head = seq, e.Hash
	}
	if len(due) > 0 {
		return r, &Fault{r.Entries + 1, fmt.Sprintf("it is missing: entry %d was sealed", due[len(due)-1].seq)}
	}
	return r, nil
}
