package access

import (
	"nmirfhub/internal/hub"
)

// Verdict is what the policy says of an act.
type Verdict uint8

// The verdicts. The zero value forbids.
const (
	Deny  Verdict = iota
	Allow         // at any time
	Fresh         // after a sign-in of the last minutes, with an entry in the audit
)

// table is the policy compiled: a verdict for every kind, action, role and
// relation.
type table [len(Kinds)][len(hub.Actions)][len(hub.Roles)][len(hub.Relations)]Verdict

// Places of the words in the table; -1 for a word that it does not have.
// Switches and short loops over constants: no map, no allocation.

func (k Kind) place() int {
	for i := range Kinds {
		if Kinds[i] == k {
			return i
		}
	}
	return -1
}

func placeOfAction(a hub.Action) int {
	for i := range hub.Actions {
		if hub.Actions[i] == a {
			return i
		}
	}
	return -1
}

func placeOfRole(r hub.Role) int {
	for i := range hub.Roles {
		if hub.Roles[i] == r {
			return i
		}
	}
	return -1
}

func placeOfRelation(r hub.Relation) int {
	for i := range hub.Relations {
		if hub.Relations[i] == r {
			return i
		}
	}
	return -1
}

// decide looks a verdict up. A word that the table does not have is denied.
func (t *table) decide(k Kind, a hub.Action, role hub.Role, rel hub.Relation) Verdict {
	i, j, m, n := k.place(), placeOfAction(a), placeOfRole(role), placeOfRelation(rel)
	if i < 0 || j < 0 || m < 0 || n < 0 {
		return Deny
	}
	return t[i][j][m][n]
}
