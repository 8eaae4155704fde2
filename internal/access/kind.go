package access

import "nmirfhub/internal/hub"

// Kind is a row of the access matrix: a sort of object with one rule.
type Kind string

// The rows of the matrix, in their order.
const (
	RecordPublic     Kind = "record-public"
	RecordRegistered Kind = "record-registered"
	RecordNetwork    Kind = "record-network"
	Unpublished      Kind = "record-unpublished" // draft, submitted, returned, archived
	RevisionKind     Kind = "revision"           // earlier revisions and deletions
	TalkPublic       Kind = "talk-public"        // spaces, threads, posts, outcomes
	TalkRegistered   Kind = "talk-registered"
	TalkDialogue     Kind = "talk-dialogue"
	TalkNetwork      Kind = "talk-network"
	TalkClosed       Kind = "talk-closed" // closed groups, peer exchanges, and that they exist
	Attachment       Kind = "attachment"  // has no rule of its own: guard it as the object that owns it
	Trace            Kind = "trace"       // read state, drafts of posts, reactions
	PersonName       Kind = "person-name"
	Account          Kind = "account"
	RosterEntry      Kind = "roster-entry"
	RosterContact    Kind = "roster-contact"
	MechanismProfile Kind = "mechanism-profile"
	MechanismOwn     Kind = "mechanism-own" // drafts, seats, handover notes
	Registration     Kind = "registration"
	Invitation       Kind = "invitation"
	Report           Kind = "report"
	Audit            Kind = "audit"
	Settings         Kind = "settings"
	Figures          Kind = "figures"
	OwnData          Kind = "own-data"
	PublicRendering  Kind = "public-rendering" // feeds, sitemap, link cards
	SavedList        Kind = "saved-list"       // records that somebody keeps for themselves
	CollectionDraft  Kind = "collection-draft" // a collection that is not published
	Questionnaire    Kind = "questionnaire"    // which questions are asked, and of whom; what is asked is in the forms
)

// Kinds lists the rows of the matrix in their order.
var Kinds = [...]Kind{
	RecordPublic, RecordRegistered, RecordNetwork, Unpublished, RevisionKind,
	TalkPublic, TalkRegistered, TalkDialogue, TalkNetwork, TalkClosed,
	Attachment, Trace, PersonName, Account, RosterEntry, RosterContact,
	MechanismProfile, MechanismOwn, Registration, Invitation, Report, Audit,
	Settings, Figures, OwnData, PublicRendering, SavedList, CollectionDraft, Questionnaire,
}

// nobody is the kind of an object that no rule speaks of: nobody may touch it.
const nobody Kind = ""

// Object is what the policy must know of something: which row of the matrix
// it is, and whose it is.
type Object struct {
	Kind      Kind
	Owner     string    // person who wrote it or whom it is about; empty for none
	Mechanism hub.State // mechanism it belongs to; empty for none
	Space     string    // space that holds it; empty for none
}

// Record is a record as the policy sees it. What it does not know is
// nobody's.
func Record(r *hub.Record) Object {
	return Object{Kind: recordKind(r), Owner: r.Author, Mechanism: r.Mechanism}
}

func recordKind(r *hub.Record) Kind {
	switch r.Status {
	case hub.StatusDraft, hub.StatusClearing, hub.StatusSubmitted, hub.StatusReturned, hub.StatusArchived:
		return Unpublished
	case hub.StatusPublished:
	default:
		return nobody
	}
	switch {
	case r.Kind == hub.Expert:
		return RosterEntry
	case r.Kind == hub.Mechanism && r.Tier == hub.TierPublic:
		return MechanismProfile
	}
	return recordTier(r.Tier)
}

func recordTier(t hub.Tier) Kind {
	switch t {
	case hub.TierPublic:
		return RecordPublic
	case hub.TierRegistered:
		return RecordRegistered
	case hub.TierNetwork:
		return RecordNetwork
	case hub.TierMechanism:
		return MechanismOwn
	case hub.TierModeration:
		return Report
	}
	return nobody
}

// Revision is an earlier revision of a record as the policy sees it.
func Revision(r *hub.Record) Object {
	return Object{Kind: RevisionKind, Owner: r.Author, Mechanism: r.Mechanism}
}

// Collection is a collection of records as the policy sees it: a published one
// as a published record of its tier.
func Collection(t hub.Tier, published bool) Object {
	if !published {
		return Object{Kind: CollectionDraft}
	}
	if k := recordTier(t); strangersRecord(k) {
		return Object{Kind: k}
	}
	return Object{Kind: nobody}
}
