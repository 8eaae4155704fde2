package hub

import "time"

// Viewer is the person for whom something is read or done, as the access
// policy sees them. The zero value is the anonymous public.
type Viewer struct {
	Person    string    // id of the person; empty when anonymous
	Role      Role      // empty counts as RoleAnonymous
	Mechanism State     // alpha-3 of the mechanism whose seat they hold; empty when none
	Seat      string    // id of the seat that they hold; empty when none
	ReadOnly  bool      // their seat is for reading: for the rest they are a stakeholder
	Unseen    bool      // they do not want others to see that they have a page open, or write
	Fresh     time.Time // until when their sign-in counts as fresh for dangerous acts, UTC
	// Spaces says what the person is to a space: RelSpaceMember,
	// RelFormerMember or RelStranger. Nil means a stranger to every space.
	Spaces func(space string) Relation
}

// Public is the viewer who has not signed in. Feeds, the sitemap and kept
// pages are rendered for it, whoever asks.
var Public = Viewer{Role: RoleAnonymous}

// SignedIn says whether the viewer is a known person.
func (v Viewer) SignedIn() bool { return v.Person != "" }
