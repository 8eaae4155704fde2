package discuss

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
	"nmirfhub/internal/store"
)

// Limits of mentions.
const (
	MaxMentions = 20  // persons of one post, those of its earlier wordings too
	MaxPeople   = 50  // who are offered where members are not named one by one
	maxMembers  = 500 // and where they are
	maxVoices   = 200 // posts that are looked through for who wrote them
)

// What is wrong with mentions.
const (
	ReasonMentions = "mentions" // of too many
	ReasonAlike    = "alike"    // several people are called so
)

// Mentionable is somebody whom those who write in a space may mention.
type Mentionable struct {
	Person string
	Handle string // what is typed after the @
	Author
}

// People are those whom the viewer may mention where they are about to write,
// in a thread or, without a slug, in a new one: the members of a space that
// names them, elsewhere who wrote there with their name, the last ones first;
// and only who may read the space now. Errors as Append.
func (s *Service) People(ctx context.Context, v hub.Viewer, space, slug string) ([]Mentionable, error) {
	at, v, err := s.place(ctx, v, space, slug)
	if err != nil {
		return nil, err
	}
	x, _, err := store.Load[Space](ctx, s.Store, spaces, at.space)
	if err != nil {
		return nil, err
	}
	all, err := s.crowd(ctx, v, x, at.id)
	return slices.DeleteFunc(all, func(m Mentionable) bool { return m.Person == v.Person }), err
}

// MayWrite is nil for who may write in a thread now or, without a slug, begin one.
// Errors as Append.
func (s *Service) MayWrite(ctx context.Context, v hub.Viewer, space, slug string) error {
	_, _, err := s.place(ctx, v, space, slug)
	return err
}

// crowd are those who may be mentioned in a thread of a space, the viewer among
// them: they are the same for whoever writes, so that a mention tells nothing
// of who wrote it.
func (s *Service) crowd(ctx context.Context, v hub.Viewer, x Space, thread string) (all []Mentionable, err error) {
	if !s.namesPeople(v, x) {
		return nil, nil
	}
	ids, most := []string(nil), MaxPeople
	if x.Tier.Named() {
		ids, err = s.guestsOf(ctx, x.Slug)
		most = maxMembers
	} else {
		ids, err = s.voices(ctx, x.Slug, thread)
	}
	for _, id := range ids {
		if len(all) == most {
			break
		}
		who, p, err := s.Members.Viewer(ctx, id)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		who.Spaces = func(space string) hub.Relation {
			if x.Tier.Named() && space == x.Slug {
				return hub.RelSpaceMember
			}
			return hub.RelStranger
		}
		if s.Door.May(who, hub.ActRead, x.object(""), s.Now()) == nil {
			all = append(all, Mentionable{Person: id, Author: Author{Name: p.Name, Mechanism: p.Mechanism, Role: p.Role}})
		}
	}
	if x.Tier.Named() {
		slices.SortStableFunc(all, func(a, b Mentionable) int { return strings.Compare(a.Name, b.Name) })
	}
	giveHandles(x.Slug, all)
	return all, err
}

// namesPeople says whether people are offered by name to who writes in a space.
// Where members are not named one by one, who writes is one of them, and those
// who are offered have put their names there.
func (s *Service) namesPeople(v hub.Viewer, x Space) bool {
	return !x.Tier.Named() || s.Door.May(v, hub.ActSearch, access.Object{Kind: access.PersonName, Space: x.Slug}, s.Now()) == nil
}

// voices are those who wrote with their name, in a thread and then elsewhere in
// its space, as far as it can be read there now.
func (s *Service) voices(ctx context.Context, space, thread string) (ids []string, err error) {
	for _, q := range []store.Query{
		{Index: "seq", Equal: [][]store.Value{{thread}}, Desc: true, Limit: maxVoices},
		{Index: "voice", Equal: [][]store.Value{{space}}, Desc: true, Limit: maxVoices},
	} {
		page, err := s.Store.List(ctx, posts, q)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			p, err := store.Decode[Post](d)
			if err != nil {
				return nil, err
			}
			if p.named() && !slices.Contains(ids, p.By) {
				ids = append(ids, p.By)
			}
		}
	}
	return ids, nil
}

// named says whether everybody in the room reads a post with the name of who
// wrote it.
func (p Post) named() bool { return !p.Anonymous && p.Absent() == "" }

// giveHandles gives each of some people what others type to mention them: the
// name, and where several have the same, more.
func giveHandles(space string, all []Mentionable) {
	more := []func(Mentionable) string{
		func(m Mentionable) string { return string(m.Mechanism) },
		func(m Mentionable) string {
			sum := sha256.Sum256([]byte(space + " " + m.Person))
			return hex.EncodeToString(sum[:3])
		},
	}
	for i, m := range all {
		all[i].Handle = handleOf(m.Name)
	}
	for _, further := range more {
		for _, twice := range alike(all) {
			for _, i := range twice {
				if end := further(all[i]); end != "" {
					all[i].Handle += "-" + end
				}
			}
		}
	}
}

// alike are the people who have the same handle, as their places.
func alike(all []Mentionable) (found [][]int) {
	by := map[string][]int{}
	for i, m := range all {
		by[folded(m.Handle)] = append(by[folded(m.Handle)], i)
	}
	for _, same := range by {
		if len(same) > 1 {
			found = append(found, same)
		}
	}
	return found
}

// handleOf is a name as it is typed in a mention: its words, joined.
func handleOf(name string) string {
	words := strings.FieldsFunc(norm.NFC.String(name), func(r rune) bool { return !ofHandle(r) })
	return cmp.Or(strings.Join(words, "-"), "member")
}

func ofHandle(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }

func folded(handle string) string { return strings.ToLower(norm.NFC.String(handle)) }

// sign puts signs in the place of the people whom a text mentions. had are those
// whom the post mentions already; with is that and who is new. hub.Invalid with
// the field "body".
func sign(text string, all []Mentionable, had []string) (signed string, with []string, err error) {
	with = slices.Clone(had)
	var b strings.Builder
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " "), ">") { // a quotation calls nobody
			b.WriteString(line)
			continue
		}
		for line != "" {
			before, handle, after := cutMention(line)
			b.WriteString(before)
			if line = after; handle == "" {
				break
			}
			who, many := find(all, handle)
			switch {
			case many:
				return "", nil, &hub.Invalid{Field: "body", Reason: ReasonAlike, Value: "@" + handle}
			case who == "":
				b.WriteString("@" + handle)
				continue
			}
			n := slices.Index(with, who) + 1
			if n == 0 {
				if with = append(with, who); len(with) > MaxMentions {
					return "", nil, &hub.Invalid{Field: "body", Reason: ReasonMentions, Limit: MaxMentions}
				}
				n = len(with)
			}
			b.WriteString(markup.Mention(n))
		}
	}
	return b.String(), with, nil
}

// unnamed is a text in which nobody is mentioned, in quotations neither: words
// for anybody stand in the place of whom it may mean.
func unnamed(text string, all []Mentionable, anybody string) string {
	var b strings.Builder
	for text != "" {
		before, handle, after := cutMention(text)
		b.WriteString(before)
		if text = after; handle == "" {
			break
		}
		if who, many := find(all, handle); who != "" || many {
			b.WriteString(anybody)
		} else {
			b.WriteString("@" + handle)
		}
	}
	return b.String()
}

// cutMention is a text up to what may be a mention, its handle, and what
// follows; without a handle there is none.
func cutMention(text string) (before, handle, after string) {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			return text, "", ""
		}
		at += i + 1
		if at > 1 && ofAddress(text[at-2]) {
			continue
		}
		end := at
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if !ofHandle(r) && r != '-' {
				break
			}
			end += size
		}
		if handle = strings.TrimRight(text[at:end], "-"); handle != "" && handle[0] != '-' {
			return text[:at-1], handle, text[at+len(handle):]
		}
	}
}

// ofAddress says whether a mention cannot begin after a character: it is of a
// mail or web address.
func ofAddress(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._%+-/@", c) >= 0
}

// find is whom a handle means; many says that it may be several.
func find(all []Mentionable, handle string) (person string, many bool) {
	handle = folded(handle)
	for _, m := range all {
		if folded(m.Handle) == handle {
			return m.Person, false
		}
	}
	for _, m := range all {
		if folded(handleOf(m.Name)) == handle { // several have it, or their handle would be it
			return "", true
		}
	}
	return "", false
}

// wording is the first wording of a post.
type wording struct {
	typed, body string
	mentions    []string
}

// wording is what somebody wrote in a thread of a space. Errors as sign.
func (s *Service) wording(ctx context.Context, v hub.Viewer, x Space, thread, text string) (w wording, err error) {
	w.typed = text
	w.body, w.mentions, err = s.signed(ctx, v, x, thread, text, nil)
	return w, err
}

// worded is a post with its first wording.
func (p Post) worded(w wording) Post {
	p.Body, p.Mentions = w.body, w.mentions
	if len(w.mentions) > 0 {
		p.First = sumOf(w.typed)
	}
	return p
}

// signed is what somebody wrote in a thread, with signs for whom it mentions,
// and those persons. Errors as sign.
func (s *Service) signed(ctx context.Context, v hub.Viewer, x Space, thread, text string, had []string) (string, []string, error) {
	if !strings.Contains(text, "@") {
		return text, had, nil
	}
	all, err := s.crowd(ctx, v, x, thread)
	if err != nil {
		return "", nil, err
	}
	if all, err = s.joined(ctx, x.Slug, all, had); err != nil {
		return "", nil, err
	}
	return sign(text, all, had)
}

// joined are some people with those whom a post mentions already: its author
// names them again, whatever became of them.
func (s *Service) joined(ctx context.Context, space string, all []Mentionable, had []string) ([]Mentionable, error) {
	for i, id := range had {
		if slices.ContainsFunc(all, func(m Mentionable) bool { return m.Person == id }) {
			continue
		}
		a, err := s.author(ctx, id, false)
		if err != nil {
			return nil, err
		}
		if a.Gone {
			a.Name = "former member " + strconv.Itoa(i+1)
		}
		all = append(all, Mentionable{Person: id, Author: a})
	}
	if len(had) > 0 {
		giveHandles(space, all)
	}
	return all, nil
}

// Typed is a post as its author would type it: with handles for whom it
// mentions.
func (s *Service) Typed(ctx context.Context, v hub.Viewer, p Post) (string, error) {
	if len(p.Mentions) == 0 {
		return p.Body, nil
	}
	x, v, err := s.enter(ctx, v, hub.ActRead, p.Space)
	if err != nil {
		return "", err
	}
	all, err := s.crowd(ctx, v, x, p.Thread)
	if err == nil {
		all, err = s.joined(ctx, x.Slug, all, p.Mentions)
	}
	return markup.Mentions(p.Body, func(n int) string {
		for _, m := range all {
			if n <= len(p.Mentions) && m.Person == p.Mentions[n-1] {
				return "@" + m.Handle
			}
		}
		return ""
	}), err
}

// Preview is a text as it will stand in a thread, or without a slug in a new
// one: with signs for whom it mentions, and those persons as the post will have
// them. Errors as Append.
func (s *Service) Preview(ctx context.Context, v hub.Viewer, space, slug, text string) (p Post, err error) {
	at, v, err := s.place(ctx, v, space, slug)
	if err != nil {
		return p, err
	}
	x, _, err := store.Load[Space](ctx, s.Store, spaces, at.space)
	if err != nil {
		return p, err
	}
	p.Body, p.Mentions, err = s.signed(ctx, v, x, at.id, clean(text), nil)
	return p, err
}

// Mentioned says the words for the n-th of those whom a post mentions, for a
// reader of it in a language: the name, or for who is not signed in and where no
// account is left, words for anybody.
func (s *Service) Mentioned(ctx context.Context, v hub.Viewer, l hub.Lang, p Post) (func(n int) string, error) {
	all := make([]string, len(p.Mentions))
	for i, id := range p.Mentions {
		a, err := s.author(ctx, id, false)
		if err != nil {
			return nil, err
		}
		switch {
		case !v.SignedIn():
			all[i] = s.anybody(l, false)
		case a.Gone:
			all[i] = s.anybody(l, true)
		default:
			all[i] = "@" + a.Name
		}
	}
	return func(n int) string {
		if n > len(all) {
			return s.anybody(l, false)
		}
		return all[n-1]
	}, nil
}

// anybody stands for somebody who is not named; former for who was a member.
func (s *Service) anybody(l hub.Lang, former bool) string {
	if s.Somebody == nil {
		return "…"
	}
	return s.Somebody(l, former)
}

// Copy is a text of a post for another place: it names nobody.
func (s *Service) Copy(text string, l hub.Lang) string {
	return markup.Mentions(text, func(int) string { return s.anybody(l, false) })
}

// uncalled are the persons whom a post mentions and who are still to be told.
// Nobody is told of what not everybody in the room reads, nor of what they wrote.
func (p Post) uncalled() (people []string) {
	if p.Absent() != "" {
		return nil
	}
	for _, n := range markup.Mentioned(p.Body) {
		if n > len(p.Mentions) {
			continue
		}
		if id := p.Mentions[n-1]; id != p.By && !slices.Contains(p.Called, id) {
			people = append(people, id)
		}
	}
	return people
}

func mentionKeys(p Post, k map[string]store.Value) {
	if p.named() {
		k["voice"] = p.Space
	}
	if len(p.uncalled()) > 0 {
		k["uncalled"] = p.Created.UnixMicro()
	}
}

// Call is a post with those whom it mentions and who are still to be told.
type Call struct {
	Thread Thread
	Seq    int64
	People []string
}

// Calls are the posts that mention people who are still to be told, the oldest
// first, at most some.
func (s *Service) Calls(ctx context.Context) (found []Call, err error) {
	q := store.Query{Index: "uncalled", Limit: 100}
	for {
		page, err := s.Store.List(ctx, posts, q)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			p, err := store.Decode[Post](d)
			if err != nil {
				return nil, err
			}
			t, err := s.thread(ctx, p.Thread)
			if errors.Is(err, hub.ErrNotFound) {
				continue // a crash has left it without its thread
			}
			if err != nil {
				return nil, err
			}
			found = append(found, Call{t, p.Seq, p.uncalled()})
		}
		if q.After = page.Next; q.After == "" || len(found) >= q.Limit {
			return found, nil
		}
	}
}

// Called notes that the people of a call were told.
func (s *Service) Called(ctx context.Context, c Call) error {
	_, err := store.Change(ctx, s.Store, posts, postID(c.Thread.ID, c.Seq), postKeys, func(p *Post) error {
		before := len(p.Called)
		for _, id := range c.People {
			if !slices.Contains(p.Called, id) {
				p.Called = append(slices.Clone(p.Called), id)
			}
		}
		if len(p.Called) == before {
			return store.ErrSame
		}
		return nil
	})
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	return err
}

// sumOf names a text.
func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
