package contribute_test

import (
	"encoding/json"
	"testing"

	"nmirfhub/internal/hub"
)

// TestReadable: an answer that names a record is there for who may read that
// record only, and for nobody once it was withdrawn.
func TestReadable(t *testing.T) {
	s := newService(t)
	other := published(t, s, hub.TierNetwork)
	r := &hub.Record{Kind: hub.Practice, Original: hub.English, Questions: "practice/1", Body: json.RawMessage(`{"capacity":"coordination"}`), Answers: map[string]json.RawMessage{"after": text(other.Slug)}}
	named := func(v hub.Viewer) bool {
		got := s.Readable(v, r)
		return len(got.Answers["after"]) > 0
	}
	if !named(foreigner) || named(hub.Public) || named(hub.Viewer{Person: "s", Role: hub.RoleStakeholder}) {
		t.Errorf("a member: %v, the public: %v", named(foreigner), named(hub.Public))
	}
	if _, err := s.Records.Archive(t.Context(), coordinator, other.ID, other.Rev, ""); err != nil {
		t.Fatal(err)
	}
	if named(foreigner) || named(author) {
		t.Error("what was withdrawn is named")
	}
	if len(r.Answers["after"]) == 0 {
		t.Error("the record itself was changed")
	}
}
