package hub

import (
	"encoding/json"
	"time"
)

// Status is where a record stands in its life.
type Status string

// The life of a record: a draft is saved any number of times, cleared by the
// mechanism that owns it, submitted for review, returned or published; a
// published one is revised in place and at last archived.
const (
	StatusDraft     Status = "draft"
	StatusClearing  Status = "clearing" // waits for its mechanism to say yes
	StatusSubmitted Status = "submitted"
	StatusReturned  Status = "returned"
	StatusPublished Status = "published"
	StatusArchived  Status = "archived"
)

// Statuses lists every status in the order of a record's life.
var Statuses = [...]Status{StatusDraft, StatusClearing, StatusSubmitted, StatusReturned, StatusPublished, StatusArchived}

// Act is a step in a record's life.
type Act string

// The acts that make a revision.
const (
	ActCreated   Act = "created"
	ActSaved     Act = "saved"
	ActSubmitted Act = "submitted"
	ActCleared   Act = "cleared"
	ActBrought   Act = "brought" // published as it came in with a library
	ActConfirmed Act = "confirmed"
	ActReturned  Act = "returned"
	ActPublished Act = "published"
	ActRevised   Act = "revised"
	ActWithdrawn Act = "withdrawn" // by whoever published it
	ActArchived  Act = "archived"  // by a moderator, long after the day on which to look at it again
	ActAsked     Act = "asked"     // whether it is still right
	ActUndone    Act = "undone"    // a decision was taken back: it is as it was before
	ActPassed    Act = "passed"    // to another author, with the seat
	ActRestored  Act = "restored"  // from an earlier revision
)

// Record is the envelope that every kind of content shares. What a kind adds
// stands in Body (facts without a language) and in the Text of each Version.
type Record struct {
	ID        string   `json:"id"`
	Kind      Kind     `json:"kind"`
	Slug      string   `json:"slug"` // unique within the kind; for a mechanism the alpha-3 code in lower case
	Tier      Tier     `json:"tier"`
	Status    Status   `json:"status"`
	Mechanism State    `json:"mechanism,omitempty"` // the mechanism that owns it; empty when none does
	Author    string   `json:"author,omitempty"`    // person id; empty for shipped content
	Rev       int64    `json:"rev"`                 // 1, 2, 3 ...
	States    []State  `json:"states,omitempty"`    // the States it is about
	Themes    []string `json:"themes,omitempty"`    // theme codes
	// Date is the date of the thing itself (when a publication appeared, an
	// event began, a practice started), as exact as known: "2022",
	// "2022-12" or "2022-12-07". Empty when unknown.
	Date     string          `json:"date,omitempty"`
	Original Lang            `json:"original"` // language of the version that the others translate
	Versions []Version       `json:"versions"` // at least one; the original first
	Body     json.RawMessage `json:"body,omitempty"`
	// Questions names the questionnaire that the record answers:
	// "practice/1". Empty for shipped content. Answers are by the code of the
	// question, for those that Body has no place for.
	Questions string                     `json:"questions,omitempty"`
	Answers   map[string]json.RawMessage `json:"answers,omitempty"`
	// Closed are the answers that members of mechanisms alone read, by
	// language ("" for none) and code of the question. The access door takes
	// them out for everybody else.
	Closed      map[Lang]map[string]json.RawMessage `json:"closed,omitempty"`
	Turned      []string                            `json:"turned,omitempty"`  // questions whose answer is open where it would be closed, or closed where open
	Skipped     []string                            `json:"skipped,omitempty"` // questions that do not apply
	Of          string                              `json:"of,omitempty"`      // the published record that this draft is to replace
	Adapts      string                              `json:"adapts,omitempty"`  // id of the practice that this one was made of by another mechanism
	Cleared     *Decision                           `json:"cleared,omitempty"` // when its mechanism last said yes to it
	Remarks     []Remark                            `json:"remarks,omitempty"` // of the last review
	Steps       []Step                              `json:"steps,omitempty"`   // when it came to each status, the first one first
	Asked       time.Time                           `json:"asked,omitzero"`    // when a moderator last asked whether it is still right
	Attachments []Attachment                        `json:"attachments,omitempty"`
	Sources     []Source                            `json:"sources,omitempty"`
	Created     time.Time                           `json:"created"`            // UTC, as all times
	Updated     time.Time                           `json:"updated"`            // time of the last revision
	Published   time.Time                           `json:"published,omitzero"` // first publication
	Confirmed   time.Time                           `json:"confirmed,omitzero"` // when its owner last said that it is right
	ReviewBy    time.Time                           `json:"review_by,omitzero"` // when to look at it again
	Change      Change                              `json:"change"`             // what made this revision
	// Bare says that the access door has taken something out for its reader:
	// such a copy is never written back.
	Bare bool `json:"-"`
	// Begun is the digest of what a record was made of whose maker named the
	// attempt; empty for all others.
	Begun string `json:"begun,omitempty"`
	// Seed is the digest of the shipped content that this record still
	// equals; empty as soon as a person has changed it.
	Seed string `json:"seed,omitempty"`
}

// Translation says how a language version came to be.
type Translation string

// How a language version came to be.
const (
	Original Translation = ""        // written in this language
	ByPerson Translation = "person"  // translated by a person
	Machine  Translation = "machine" // translated by a machine
)

// Version is a record in one language.
type Version struct {
	Lang        Lang            `json:"lang"`
	Title       string          `json:"title"`             // at most MaxTitle runes
	Summary     string          `json:"summary,omitempty"` // a sentence or two, plain text
	Text        json.RawMessage `json:"text,omitempty"`    // what the kind writes in a language; empty when only title and summary are translated
	Translation Translation     `json:"translation,omitempty"`
	// Answers are by the code of the question, as in the record.
	Answers map[string]json.RawMessage `json:"answers,omitempty"`
	// Renders are marks of the answers in the original that those of a
	// translation render, by the code of the question; for its writers alone.
	Renders map[string]string `json:"renders,omitempty"`
}

// Decision is who decided something, and when.
type Decision struct {
	By string    `json:"by"` // person id
	At time.Time `json:"at"`
}

// Step is that a record came to a status, by an act.
type Step struct {
	Status Status    `json:"status"`
	Act    Act       `json:"act"`
	At     time.Time `json:"at"`
}

// Since is since when a record has the status that it has.
func (r *Record) Since() time.Time {
	if n := len(r.Steps); n > 0 && r.Steps[n-1].Status == r.Status {
		return r.Steps[n-1].At
	}
	return r.Updated
}

// Remark is what a reviewer asks about an answer.
type Remark struct {
	Question string `json:"question,omitempty"` // code; empty: about the whole
	Text     string `json:"text"`
}

// Limits of a record, in runes where not said otherwise.
const (
	MaxTitle     = 500
	MaxSummary   = 2000
	MaxBodyBytes = 256 << 10 // body, or the text of one version, as JSON
	MaxListed    = 200       // entries in any list of the envelope
)

// In returns the version in the wanted language, else the original, else the
// first. A record that was checked always has one.
func (r *Record) In(l Lang) Version {
	var original Version
	for _, v := range r.Versions {
		if v.Lang == l {
			return v
		}
		if v.Lang == r.Original {
			original = v
		}
	}
	if original.Lang == "" && len(r.Versions) > 0 {
		return r.Versions[0]
	}
	return original
}

// Attachment is a file that belongs to a record. Who may read the record may
// read its files, but for those that are closed: the access door takes these
// out as it does closed answers.
type Attachment struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"` // media type
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sum"` // SHA-256, hex
	Lang  Lang   `json:"lang,omitempty"`
	Pages int    `json:"pages,omitempty"` // 0 for unknown
	Text  string `json:"text,omitempty"`  // what became of its text: TextRead, ...
	Cover bool   `json:"cover,omitempty"` // there is a picture of its first page
	// Width and Height are those of a picture, in pixels; 0 for unknown.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Question is the code of the question that the file answers; empty for
	// none.
	Question string    `json:"question,omitempty"`
	Closed   bool      `json:"closed,omitempty"` // for members of mechanisms alone
	By       string    `json:"by,omitempty"`     // person who gave it as an answer
	At       time.Time `json:"at,omitzero"`      // when
}

// What became of the text of a file.
const (
	TextRead     = "read"      // it can be searched
	TextNone     = "none"      // it has none: pictures of pages
	TextLocked   = "locked"    // it needs a password
	TextDamaged  = "damaged"   // it breaks the rules of its format
	TextTooLarge = "too-large" // it takes too long or too much to read
	TextForeign  = "foreign"   // it is of no kind that the hub takes
)

// Source says where a fact comes from.
type Source struct {
	Fields []string `json:"fields,omitempty"` // which fields rest on it; empty: the whole record
	Title  string   `json:"title"`
	URL    string   `json:"url,omitempty"`
	Date   string   `json:"date,omitempty"` // of the source, as exact as known
	Note   string   `json:"note,omitempty"` // what to know when using it, in the original language
}

// Change is what made a revision: who did what, when, and which fields differ
// from the revision before.
type Change struct {
	Act    Act       `json:"act"`
	By     string    `json:"by,omitempty"` // person id; empty for the hub itself (shipped content)
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitempty"`   // reason or comment of whoever acted
	From   int64     `json:"from,omitempty"`   // the revision that was brought back
	Fields []string  `json:"fields,omitempty"` // names of the fields that changed, sorted
	Draft  string    `json:"draft,omitempty"`  // id of the draft whose content it took
}
