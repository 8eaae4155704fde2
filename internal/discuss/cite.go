package discuss

import (
	"context"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
)

// Cited is somebody whom a summary of a thread mentions, and how that is typed.
// The text of a summary stays as it was typed, so that wordings and proposals
// compare; who is meant is known since it was written.
type Cited struct {
	Handle string `json:"handle"`
	Person string `json:"person"`
}

// maxCited is how many a thread keeps; those beyond stay plain text.
const maxCited = 200

// cited are the people whom a text of a summary mentions, in the thread where it
// is written. A handle that several have is left as it is.
func (s *Service) cited(ctx context.Context, v hub.Viewer, x Space, t Thread, text string) (all []Cited, err error) {
	if !strings.Contains(text, "@") {
		return nil, nil
	}
	people, err := s.crowd(ctx, v, x, t.ID)
	if err != nil {
		return nil, err
	}
	for text != "" {
		_, handle, after := cutMention(text)
		if text = after; handle == "" {
			break
		}
		if who, _ := find(people, handle); who != "" {
			all = append(all, Cited{folded(handle), who})
		}
	}
	return all, nil
}

// cite notes whom a summary mentions; a handle means who had it last.
func (t *Thread) cite(all []Cited) {
	for _, c := range all {
		known := slices.DeleteFunc(slices.Clone(t.Cited), func(o Cited) bool { return o.Handle == c.Handle })
		if len(known) < maxCited {
			t.Cited = append(known, c)
		}
	}
}

// Signed is a text of a summary of the thread as a post: with signs for whom it
// mentions.
func (t Thread) Signed(text string) Post {
	p := Post{Thread: t.ID, Space: t.Space, Lang: t.Lang, Body: text}
	var people []Mentionable
	for _, c := range t.Cited {
		people = append(people, Mentionable{Person: c.Person, Handle: c.Handle, Author: Author{Name: c.Handle}})
	}
	if signed, with, err := sign(text, people, nil); err == nil { // more than a post may mention stay as they are
		p.Body, p.Mentions = signed, with
	}
	return p
}
