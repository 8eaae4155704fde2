package hub

// Tier says for whom an object is, from the widest to the narrowest.
type Tier string

// The tiers of an object.
const (
	TierPublic     Tier = "public"     // anyone
	TierRegistered Tier = "registered" // vetted stakeholders, treaty-body experts, members, moderators
	TierNetwork    Tier = "network"    // members of mechanisms and moderators (Chatham House rule)
	TierMechanism  Tier = "mechanism"  // one State's own: drafts, seats, handover notes
	TierModeration Tier = "moderation" // moderators
)

// Tiers lists every tier from the widest to the narrowest.
var Tiers = [...]Tier{TierPublic, TierRegistered, TierNetwork, TierMechanism, TierModeration}

// ParseTier returns the tier named s, or ErrInvalid naming the field "tier".
func ParseTier(s string) (Tier, error) {
	for _, t := range Tiers {
		if string(t) == s {
			return t, nil
		}
	}
	return "", &Invalid{Field: "tier", Reason: ReasonUnknown, Value: s}
}

// Role is what a person is to the hub. Roles are not a ladder: an
// administrator reads less of the closed part than a member.
type Role string

// The roles. Anonymous is the role of whoever has not signed in, and of a
// person whose account is pending or suspended.
const (
	RoleAnonymous   Role = "anonymous"
	RoleStakeholder Role = "stakeholder"
	RoleTBExpert    Role = "tbexpert"
	RoleMember      Role = "member"
	RoleCoordinator Role = "coordinator"
	RoleModerator   Role = "moderator"
	RoleAdmin       Role = "admin"
)

// Roles lists every role.
var Roles = [...]Role{RoleAnonymous, RoleStakeholder, RoleTBExpert, RoleMember, RoleCoordinator, RoleModerator, RoleAdmin}

// ParseRole returns the role named s, or ErrInvalid naming the field "role".
func ParseRole(s string) (Role, error) {
	for _, r := range Roles {
		if string(r) == s {
			return r, nil
		}
	}
	return "", &Invalid{Field: "role", Reason: ReasonUnknown, Value: s}
}

// OfMechanism says whether the role is held for a State's mechanism, so that
// an account with it must name one.
func (r Role) OfMechanism() bool { return r == RoleMember || r == RoleCoordinator }

// Action is what a person wants to do with an object.
type Action string

// The actions of the access matrix.
const (
	ActRead      Action = "read"
	ActList      Action = "list"
	ActSearch    Action = "search"
	ActCreate    Action = "create"
	ActEdit      Action = "edit"
	ActPublish   Action = "publish"
	ActModerate  Action = "moderate"
	ActExport    Action = "export"
	ActSubscribe Action = "subscribe"
)

// Actions lists every action of the access matrix.
var Actions = [...]Action{ActRead, ActList, ActSearch, ActCreate, ActEdit, ActPublish, ActModerate, ActExport, ActSubscribe}

// Relation is what a person is to an object beside their role.
type Relation string

// The relations of the access matrix.
const (
	RelStranger       Relation = "stranger"        // nothing in particular
	RelOwner          Relation = "owner"           // wrote it, or it is about them
	RelOwnMechanism   Relation = "own-mechanism"   // it belongs to the mechanism whose seat they hold
	RelOtherMechanism Relation = "other-mechanism" // it belongs to another mechanism
	RelSpaceMember    Relation = "space-member"    // accepted member of the space that holds it
	RelFormerMember   Relation = "former-member"   // was a member of that space, or held that seat
	RelBrokenGlass    Relation = "broken-glass"    // has opened that space for an hour, with a reason, in sight of its members
)

// Relations lists every relation of the access matrix.
var Relations = [...]Relation{RelStranger, RelOwner, RelOwnMechanism, RelOtherMechanism, RelSpaceMember, RelFormerMember, RelBrokenGlass}
