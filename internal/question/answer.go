package question

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/hub"
)

// Answer is an answer as JSON, in the shape of its form; nil for none.
type Answer = json.RawMessage

// Mark stands for an answer in a form: whoever sends it back has seen that
// answer.
func Mark(a Answer) string {
	h := sha256.Sum256(a)
	return base64.RawURLEncoding.EncodeToString(h[:9])
}

// Closed says whether the answer to a question is for members of mechanisms
// alone in a record: as the question has it, unless it was turned.
func (q *Question) Closed(r *hub.Record) bool {
	return q.Members != slices.Contains(r.Turned, q.Code)
}

// Turn makes the answer to a question open to all readers of the record, or
// for members of mechanisms alone. hub.Invalid for one that lists show.
func (q *Question) Turn(r *hub.Record, closed bool) error {
	if closed == q.Closed(r) {
		return nil
	}
	if !q.Closable() {
		return &hub.Invalid{Field: q.Code, Reason: hub.ReasonUnknown}
	}
	if q.Form == Files {
		q.turned(r)
		q.closeFiles(r)
		return nil
	}
	kept := map[hub.Lang]Answer{}
	for _, l := range q.langs(r) {
		kept[l] = q.Get(r, l)
		q.Put(r, l, nil)
	}
	q.turned(r)
	for l, a := range kept {
		q.Put(r, l, a)
	}
	return nil
}

// turned notes that an answer is open where it was closed, or closed where
// open.
func (q *Question) turned(r *hub.Record) {
	if slices.Contains(r.Turned, q.Code) {
		r.Turned = slices.DeleteFunc(slices.Clone(r.Turned), func(c string) bool { return c == q.Code })
		return
	}
	r.Turned = append(slices.Clone(r.Turned), q.Code)
	slices.Sort(r.Turned)
}

// langs are the languages in which a record may answer the question.
func (q *Question) langs(r *hub.Record) []hub.Lang {
	if !q.Worded() {
		return []hub.Lang{r.Original}
	}
	var all []hub.Lang
	for _, v := range r.Versions {
		all = append(all, v.Lang)
	}
	return all
}

// Get is the answer in a record, for one that is worded in the language. It
// may be read only, never changed.
func (q *Question) Get(r *hub.Record, l hub.Lang) Answer {
	if !q.Worded() {
		l = ""
	}
	if q.Form == Files {
		return encode(q.files(r))
	}
	if q.Closed(r) {
		if r.Closed == nil {
			return nil
		}
		return r.Closed[l][q.Code]
	}
	in, field, _ := strings.Cut(q.At, ".")
	v := version(r, l)
	switch {
	case q.At == "" && l == "":
		return r.Answers[q.Code]
	case q.At == "":
		return v.Answers[q.Code]
	case in == "body":
		return member(r.Body, field)
	case in == "text":
		return member(v.Text, field)
	}
	switch q.At {
	case "title":
		return encode(v.Title)
	case "summary":
		return encode(v.Summary)
	case "date":
		return encode(r.Date)
	case "states":
		return encode(r.States)
	case "themes":
		return encode(r.Themes)
	case "review_by":
		if r.ReviewBy.IsZero() {
			return nil
		}
		return encode(r.ReviewBy.Format(time.DateOnly))
	}
	return nil
}

// Put sets the answer in a record, which must not share its maps and slices
// with another that is to stay as it is: see Loosen. The answer is checked.
func (q *Question) Put(r *hub.Record, l hub.Lang, a Answer) {
	if !q.Worded() {
		l = ""
	}
	if q.Form == Files {
		q.keepFiles(r, a)
		return
	}
	if q.Closed(r) {
		if r.Closed == nil {
			r.Closed = map[hub.Lang]map[string]json.RawMessage{}
		}
		r.Closed[l] = put(r.Closed[l], q.Code, a)
		maps.DeleteFunc(r.Closed, func(_ hub.Lang, m map[string]json.RawMessage) bool { return len(m) == 0 })
		return
	}
	if l != "" && version(r, l).Lang == "" {
		v := hub.Version{Lang: l}
		if l != r.Original {
			v.Translation = hub.ByPerson
		}
		r.Versions = append(r.Versions, v)
	}
	in, field, _ := strings.Cut(q.At, ".")
	v := version(r, l)
	switch {
	case q.At == "" && l == "":
		r.Answers = put(r.Answers, q.Code, a)
	case q.At == "":
		v.Answers = put(v.Answers, q.Code, a)
	case in == "body":
		r.Body = withMember(r.Body, field, a)
	case in == "text":
		v.Text = withMember(v.Text, field, a)
	}
	switch q.At {
	case "title":
		decode(a, &v.Title)
	case "summary":
		decode(a, &v.Summary)
	case "date":
		decode(a, &r.Date)
	case "states":
		decode(a, &r.States)
	case "themes":
		decode(a, &r.Themes)
	case "review_by":
		var day string
		decode(a, &day)
		r.ReviewBy, _ = time.Parse(time.DateOnly, day)
	}
}

// Loosen gives a record maps and slices of its own, so that Put changes no
// other.
func Loosen(r *hub.Record) {
	r.Versions, r.Attachments = slices.Clone(r.Versions), slices.Clone(r.Attachments)
	for i := range r.Versions {
		r.Versions[i].Answers = maps.Clone(r.Versions[i].Answers)
		r.Versions[i].Renders = maps.Clone(r.Versions[i].Renders)
	}
	r.Answers = maps.Clone(r.Answers)
	r.Closed = maps.Clone(r.Closed)
	for l, m := range r.Closed {
		r.Closed[l] = maps.Clone(m)
	}
}

// version is the version of a record in a language; one of no record for none.
func version(r *hub.Record, l hub.Lang) *hub.Version {
	for i := range r.Versions {
		if r.Versions[i].Lang == l {
			return &r.Versions[i]
		}
	}
	return &hub.Version{}
}

func put(m map[string]json.RawMessage, code string, a Answer) map[string]json.RawMessage {
	if a == nil {
		delete(m, code)
		return m
	}
	if m == nil {
		m = map[string]json.RawMessage{}
	}
	m[code] = a
	return m
}

// member is a member of a JSON object; nil for none.
func member(object json.RawMessage, name string) Answer {
	var all map[string]json.RawMessage
	decode(object, &all)
	return all[name]
}

func withMember(object json.RawMessage, name string, a Answer) json.RawMessage {
	var all map[string]json.RawMessage
	decode(object, &all)
	all = put(all, name, a)
	if len(all) == 0 {
		return nil
	}
	raw, _ := json.Marshal(all) // of JSON: never fails
	return raw
}

// encode is the JSON of a value; nil where it is empty.
func encode[T string | []string | []hub.State](v T) Answer {
	if len(v) == 0 {
		return nil
	}
	raw, _ := json.Marshal(v) // never fails
	return raw
}

// decode reads JSON that was checked; the zero value from none.
func decode[T any](raw []byte, into *T) {
	var zero T
	*into = zero
	if len(raw) > 0 {
		json.Unmarshal(raw, into)
	}
}
