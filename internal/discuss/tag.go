package discuss

import (
	"context"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
)

// Tag says what a thread is about: a code of one of the TagLists.
type Tag struct {
	List string `json:"list"`
	Code string `json:"code"`
}

// States is the list of a tag that is a State, by its ISO 3166 alpha-3 code;
// the other lists are of the vocabulary.
const States = "state"

// TagLists are the lists that tags come from.
var TagLists = []string{"challenge", "capacity", "theme", States}

// MaxTags is how many tags a thread has at most.
const MaxTags = 12

// ParseTag reads a tag as addresses have it: "challenge:silos". Zero for
// anything else.
func ParseTag(text string) Tag {
	list, code, _ := strings.Cut(text, ":")
	if !slices.Contains(TagLists, list) || code == "" || len(code) > 60 {
		return Tag{}
	}
	return Tag{list, code}
}

func (t Tag) key() string { return t.List + ":" + t.Code }

// String is the tag as addresses have it.
func (t Tag) String() string { return t.key() }

func tagKeys(all []Tag) []string {
	var keys []string
	for _, t := range all {
		keys = append(keys, t.key())
	}
	return keys
}

// Tagged are the codes of one list that the thread is tagged with.
func (t Thread) Tagged(list string) (codes []string) {
	for _, x := range t.Tags {
		if x.List == list {
			codes = append(codes, x.Code)
		}
	}
	return codes
}

// checkTags accepts tags that are known, each once.
func (s *Service) checkTags(all []Tag) error {
	if len(all) > MaxTags {
		return &hub.Invalid{Field: "tags", Reason: hub.ReasonRange, Limit: MaxTags}
	}
	for i, t := range all {
		if !slices.Contains(TagLists, t.List) || s.Words == nil || !s.Words(t.List, t.Code) || slices.Contains(all[:i], t) {
			return &hub.Invalid{Field: "tags", Reason: hub.ReasonUnknown, Value: t.key()}
		}
	}
	return nil
}

// SetTags says what a thread is about, for who leads it. hub.Invalid with the
// field "tags".
func (s *Service) SetTags(ctx context.Context, v hub.Viewer, space, slug string, all []Tag) (Thread, error) {
	if err := s.checkTags(all); err != nil {
		return Thread{}, err
	}
	return s.lead(ctx, v, space, slug, func(t *Thread) error {
		t.Tags = all
		return nil
	})
}
