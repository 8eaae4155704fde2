package walk

import (
	"strings"
	"testing"
)

// TestUnnamedOutside: what is said in a public space is read by everybody; by
// which person, only by who is signed in.
func TestUnnamedOutside(t *testing.T) {
	s := open(t)
	s.room(t, "square", "public")
	asker := s.as(t, "stakeholder")
	thread := asker.begin(t, "en", "square", "Who measures the rain?", "We would like to know.")
	s.as(t, "member").reply(t, thread, "We do, each day.", nil)
	id := threadID.FindStringSubmatch(asker.get(t, "/api/v1/spaces/square/threads").body)
	if id == nil {
		t.Fatal("the thread is not in the JSON")
	}
	for _, at := range []string{thread, "/fr" + strings.TrimPrefix(thread, "/en"), "/en/discuss/square", "/api/v1/threads/" + id[1] + "/posts", "/api/v1/spaces/square/threads", "/en/search?kind=thread&q=rain"} {
		for name, knows := range map[string]bool{"stakeholder": true, "": false} {
			body := s.as(t, name).get(t, at).body
			if !strings.Contains(body, "rain") && !strings.Contains(body, "each day") {
				t.Errorf("%q does not read it at %s", name, at)
			}
			if !knows && strings.Contains(body, "Demo ") {
				t.Errorf("%q is told by whom it is at %s", name, at)
			}
		}
	}
	if body := asker.get(t, thread).body; !strings.Contains(body, "Demo member, Republic of Moldova") {
		t.Error("who is signed in does not see who answered")
	}
	if body := s.as(t, "").get(t, thread).body; !strings.Contains(body, "A participant, Republic of Moldova") {
		t.Error("the public does not see of which State the answer is")
	}
}
