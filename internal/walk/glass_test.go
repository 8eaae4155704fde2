package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestGlass: an administrator opens a space of the network with a reason; its
// members read that, and the administrator reads and cannot write.
func TestGlass(t *testing.T) {
	s := open(t)
	admin, member := s.as(t, "admin"), s.as(t, "member")
	const space = "/en/discuss/coordination"
	if a := admin.get(t, space); a.status != http.StatusNotFound {
		t.Fatalf("before, an administrator gets %d", a.status)
	}
	for _, name := range []string{"member", "moderator", ""} {
		if a := s.as(t, name).get(t, "/en/admin/glass"); a.status != http.StatusNotFound {
			t.Errorf("%q gets %d for the page that opens spaces", name, a.status)
		}
	}
	admin.submit(t, "/en/admin/glass", url.Values{"space": {"coordination"}, "reason": {"complaint seventeen"}})
	if a := admin.get(t, space); a.status != http.StatusOK || strings.Contains(a.body, space+"/new") {
		t.Errorf("through the glass: %d", a.status)
	}
	if a := admin.get(t, space+"/new"); a.status == http.StatusOK {
		t.Error("an administrator may ask through the glass")
	}
	if a := member.get(t, space); !strings.Contains(a.body, "complaint seventeen") {
		t.Error("members do not see that their space was opened")
	}
	if a := admin.get(t, "/en/admin/acts?what=glass.break"); !strings.Contains(a.body, "complaint seventeen") {
		t.Error("it is not on record")
	}
}
