package access

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/policies"
)

// TestReadOnly holds for every kind, action, role and object: a seat for
// reading reads all that the role reads, and does no more than a stakeholder.
func TestReadOnly(t *testing.T) {
	d, err := New(policies.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, k := range Kinds {
		for _, a := range hub.Actions {
			for _, role := range []hub.Role{hub.RoleMember, hub.RoleCoordinator} {
				for _, o := range []Object{{Kind: k}, {Kind: k, Owner: "p"}, {Kind: k, Mechanism: "MDA"}, {Kind: k, Mechanism: "MAR"}, {Kind: k, Owner: "p", Mechanism: "MDA"}} {
					whole := hub.Viewer{Person: "p", Role: role, Mechanism: "MDA", Fresh: now.Add(time.Hour)}
					reads := whole
					reads.ReadOnly = true
					want := d.May(whole, a, o, now)
					if !reading(a) {
						want = d.May(hub.Viewer{Person: "p", Role: hub.RoleStakeholder, Fresh: whole.Fresh}, a, o, now)
					}
					if got := d.May(reads, a, o, now); (got == nil) != (want == nil) || got != nil && !errors.Is(got, want) && !errors.Is(got, hub.ErrForbidden) {
						t.Errorf("%s %s %s %+v: %v, want %v", role, a, k, o, got, want)
					}
				}
			}
		}
	}
}
