package access

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/policies"
)

func door(t testing.TB) *Door {
	t.Helper()
	d, err := New(policies.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestEveryDecision asks casbin itself, rule by rule, for every cell, and
// compares it with the table and with the matrix.
func TestEveryDecision(t *testing.T) {
	e, err := enforcer(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	matrix, err := readMatrix(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	d, n := door(t), 0
	for _, k := range Kinds {
		for _, a := range hub.Actions {
			for _, role := range hub.Roles {
				for _, rel := range hub.Relations {
					n++
					got, want := d.Decide(k, a, role, rel), matrix.decide(k, a, role, rel)
					if got != want {
						t.Errorf("%s %s %s as %s: got %v, want %v", role, a, k, rel, got, want)
					}
					asked, err := e.Enforce(string(role), string(rel), string(k), string(a))
					if err != nil {
						t.Fatal(err)
					}
					if asked != (got != Deny) {
						t.Errorf("%s %s %s as %s: casbin says %v, the table %v", role, a, k, rel, asked, got)
					}
				}
			}
		}
	}
	if n != 12789 {
		t.Errorf("decided %d cells, want 12789", n)
	}
}

// TestNamedDecisions holds what a slip in both copies would change.
func TestNamedDecisions(t *testing.T) {
	d := door(t)
	for _, c := range []struct {
		name string
		role hub.Role
		act  hub.Action
		kind Kind
		rel  hub.Relation
		want Verdict
	}{
		{"PublicReadsPublic", hub.RoleAnonymous, hub.ActRead, RecordPublic, hub.RelStranger, Allow},
		{"PublicReadsProfile", hub.RoleAnonymous, hub.ActRead, MechanismProfile, hub.RelStranger, Allow},
		{"PublicReadsPublicTalk", hub.RoleAnonymous, hub.ActRead, TalkPublic, hub.RelStranger, Allow},
		{"PublicSubscribesNothing", hub.RoleAnonymous, hub.ActSubscribe, RecordPublic, hub.RelStranger, Deny},
		{"PublicNoRegistered", hub.RoleAnonymous, hub.ActRead, RecordRegistered, hub.RelStranger, Deny},
		{"PublicNoNetwork", hub.RoleAnonymous, hub.ActRead, RecordNetwork, hub.RelStranger, Deny},
		{"PublicNoNames", hub.RoleAnonymous, hub.ActRead, PersonName, hub.RelSpaceMember, Deny},
		{"PublicOwnsNothing", hub.RoleAnonymous, hub.ActRead, Unpublished, hub.RelOwner, Deny},
		{"StakeholderReadsRegistered", hub.RoleStakeholder, hub.ActRead, RecordRegistered, hub.RelStranger, Allow},
		{"StakeholderNoNetwork", hub.RoleStakeholder, hub.ActRead, RecordNetwork, hub.RelStranger, Deny},
		{"StakeholderNoNetworkList", hub.RoleStakeholder, hub.ActList, RecordNetwork, hub.RelStranger, Deny},
		{"StakeholderNoDialogue", hub.RoleStakeholder, hub.ActRead, TalkDialogue, hub.RelSpaceMember, Deny},
		{"StakeholderNoClosedEvenAsMember", hub.RoleStakeholder, hub.ActRead, TalkClosed, hub.RelSpaceMember, Deny},
		{"StakeholderNoRoster", hub.RoleStakeholder, hub.ActRead, RosterEntry, hub.RelStranger, Deny},
		{"ExpertNoNetworkRecord", hub.RoleTBExpert, hub.ActRead, RecordNetwork, hub.RelStranger, Deny},
		{"ExpertNoNetworkTalk", hub.RoleTBExpert, hub.ActRead, TalkNetwork, hub.RelStranger, Deny},
		{"ExpertDialogueAsMember", hub.RoleTBExpert, hub.ActRead, TalkDialogue, hub.RelSpaceMember, Allow},
		{"ExpertNoDialogueAsStranger", hub.RoleTBExpert, hub.ActRead, TalkDialogue, hub.RelStranger, Deny},
		{"ExpertNoDialogueAsFormer", hub.RoleTBExpert, hub.ActRead, TalkDialogue, hub.RelFormerMember, Deny},
		{"ExpertOwnRosterOnly", hub.RoleTBExpert, hub.ActRead, RosterEntry, hub.RelStranger, Deny},
		{"ExpertOwnRoster", hub.RoleTBExpert, hub.ActEdit, RosterEntry, hub.RelOwner, Allow},
		{"MemberReadsNetwork", hub.RoleMember, hub.ActRead, RecordNetwork, hub.RelStranger, Allow},
		{"MemberNoOthersDraft", hub.RoleMember, hub.ActRead, Unpublished, hub.RelOtherMechanism, Deny},
		{"MemberNoDraftOfOwnMechanism", hub.RoleMember, hub.ActRead, Unpublished, hub.RelOwnMechanism, Deny},
		{"MemberOwnDraft", hub.RoleMember, hub.ActEdit, Unpublished, hub.RelOwner, Allow},
		{"MemberNoEditPublished", hub.RoleMember, hub.ActEdit, RecordPublic, hub.RelOwner, Deny},
		{"MemberNoExport", hub.RoleMember, hub.ActExport, RecordPublic, hub.RelStranger, Deny},
		{"MemberRosterRelay", hub.RoleMember, hub.ActRead, RosterContact, hub.RelStranger, Deny},
		{"MemberNoClosedAsStranger", hub.RoleMember, hub.ActList, TalkClosed, hub.RelStranger, Deny},
		{"MemberNoClosedAsFormer", hub.RoleMember, hub.ActRead, TalkClosed, hub.RelFormerMember, Deny},
		{"MemberMechanismsOwn", hub.RoleMember, hub.ActEdit, MechanismOwn, hub.RelOwnMechanism, Allow},
		{"MemberNoOtherMechanismsOwn", hub.RoleMember, hub.ActRead, MechanismOwn, hub.RelOtherMechanism, Deny},
		{"CoordinatorEditsOwn", hub.RoleCoordinator, hub.ActEdit, RecordPublic, hub.RelOwnMechanism, Allow},
		{"CoordinatorNotOthers", hub.RoleCoordinator, hub.ActEdit, RecordPublic, hub.RelOtherMechanism, Deny},
		{"CoordinatorNoPublish", hub.RoleCoordinator, hub.ActPublish, Unpublished, hub.RelOwnMechanism, Deny},
		{"CoordinatorReadsDraftsOfOwn", hub.RoleCoordinator, hub.ActRead, Unpublished, hub.RelOwnMechanism, Allow},
		{"CoordinatorInvitesOwn", hub.RoleCoordinator, hub.ActCreate, Invitation, hub.RelOwnMechanism, Allow},
		{"CoordinatorInvitesNobodyElse", hub.RoleCoordinator, hub.ActCreate, Invitation, hub.RelStranger, Deny},
		{"ModeratorPublishes", hub.RoleModerator, hub.ActPublish, Unpublished, hub.RelStranger, Allow},
		{"ModeratorCreatesNoRecord", hub.RoleModerator, hub.ActCreate, Unpublished, hub.RelOwner, Deny},
		{"ModeratorNoSeats", hub.RoleModerator, hub.ActRead, MechanismOwn, hub.RelStranger, Deny},
		{"ModeratorClosedNeedsFresh", hub.RoleModerator, hub.ActModerate, TalkClosed, hub.RelStranger, Fresh},
		{"ModeratorNoClosedRead", hub.RoleModerator, hub.ActRead, TalkClosed, hub.RelStranger, Deny},
		{"ModeratorEditsNoOthersPost", hub.RoleModerator, hub.ActEdit, TalkNetwork, hub.RelStranger, Deny},
		{"ModeratorExportsNoNetworkTalk", hub.RoleModerator, hub.ActExport, TalkNetwork, hub.RelStranger, Deny},
		{"ModeratorContactFresh", hub.RoleModerator, hub.ActRead, RosterContact, hub.RelStranger, Fresh},
		{"AdminNoNetworkRecord", hub.RoleAdmin, hub.ActRead, RecordNetwork, hub.RelStranger, Deny},
		{"AdminNoDraft", hub.RoleAdmin, hub.ActRead, Unpublished, hub.RelStranger, Deny},
		{"AdminNoRegisteredTalk", hub.RoleAdmin, hub.ActRead, TalkRegistered, hub.RelStranger, Deny},
		{"AdminNoRoster", hub.RoleAdmin, hub.ActRead, RosterEntry, hub.RelStranger, Deny},
		{"AdminNoReports", hub.RoleAdmin, hub.ActRead, Report, hub.RelStranger, Deny},
		{"AdminAuditFresh", hub.RoleAdmin, hub.ActRead, Audit, hub.RelStranger, Fresh},
		{"NobodyEditsAudit", hub.RoleAdmin, hub.ActEdit, Audit, hub.RelOwner, Deny},
		{"AttachmentAlone", hub.RoleModerator, hub.ActRead, Attachment, hub.RelOwner, Deny},
		{"UnknownKind", hub.RoleModerator, hub.ActRead, "spaceship", hub.RelOwner, Deny},
		{"UnknownRole", "king", hub.ActRead, RecordPublic, hub.RelOwner, Deny},
		{"UnknownAction", hub.RoleAdmin, "eat", RecordPublic, hub.RelOwner, Deny},
		{"UnknownRelation", hub.RoleMember, hub.ActRead, RecordPublic, "cousin", Deny},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := d.Decide(c.kind, c.act, c.role, c.rel); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestMay(t *testing.T) {
	d := door(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	mda := hub.Viewer{Person: "p1", Role: hub.RoleCoordinator, Mechanism: "MDA"}
	inSpace := hub.Viewer{Person: "p1", Role: hub.RoleMember, Mechanism: "MDA", Spaces: func(s string) hub.Relation {
		if s == "s1" {
			return hub.RelSpaceMember
		}
		return hub.RelStranger
	}}
	moderator := hub.Viewer{Person: "p9", Role: hub.RoleModerator}
	fresh := moderator
	fresh.Fresh = now.Add(time.Minute)
	for _, c := range []struct {
		name string
		v    hub.Viewer
		a    hub.Action
		o    Object
		want error
	}{
		{"PublicReads", hub.Public, hub.ActRead, Object{Kind: RecordPublic}, nil},
		{"ZeroViewerIsPublic", hub.Viewer{}, hub.ActRead, Object{Kind: RecordRegistered}, hub.ErrNotFound},
		{"RoleWithoutPersonIsPublic", hub.Viewer{Role: hub.RoleModerator}, hub.ActRead, Object{Kind: RecordNetwork}, hub.ErrNotFound},
		{"EmptyOwnerIsNobodys", hub.Public, hub.ActRead, Object{Kind: Unpublished}, hub.ErrNotFound},
		{"SeesButMayNot", hub.Public, hub.ActEdit, Object{Kind: RecordPublic}, hub.ErrForbidden},
		{"HiddenStaysHiddenForActs", hub.Public, hub.ActEdit, Object{Kind: RecordNetwork}, hub.ErrNotFound},
		{"OwnMechanism", mda, hub.ActEdit, Object{Kind: RecordPublic, Mechanism: "MDA"}, nil},
		{"OtherMechanism", mda, hub.ActEdit, Object{Kind: RecordPublic, Mechanism: "MAR"}, hub.ErrForbidden},
		{"OwnerOfAnotherMechanismsDraft", mda, hub.ActEdit, Object{Kind: Unpublished, Owner: "p1", Mechanism: "MAR"}, nil},
		{"SpaceMember", inSpace, hub.ActRead, Object{Kind: TalkClosed, Space: "s1"}, nil},
		{"NotOfThatSpace", inSpace, hub.ActRead, Object{Kind: TalkClosed, Space: "s2"}, hub.ErrNotFound},
		{"NeedsFresh", moderator, hub.ActRead, Object{Kind: RosterContact}, hub.ErrFresh},
		{"IsFresh", fresh, hub.ActRead, Object{Kind: RosterContact}, nil},
		{"NobodysKind", fresh, hub.ActRead, Object{}, hub.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := d.May(c.v, c.a, c.o, now); !errors.Is(got, c.want) || (c.want == nil && got != nil) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestRecordKinds(t *testing.T) {
	for _, c := range []struct {
		name string
		r    hub.Record
		want Kind
	}{
		{"Public", hub.Record{Kind: hub.Practice, Status: hub.StatusPublished, Tier: hub.TierPublic}, RecordPublic},
		{"Network", hub.Record{Kind: hub.Resource, Status: hub.StatusPublished, Tier: hub.TierNetwork}, RecordNetwork},
		{"Draft", hub.Record{Kind: hub.Practice, Status: hub.StatusDraft, Tier: hub.TierPublic}, Unpublished},
		{"Archived", hub.Record{Kind: hub.Practice, Status: hub.StatusArchived, Tier: hub.TierPublic}, Unpublished},
		{"Profile", hub.Record{Kind: hub.Mechanism, Status: hub.StatusPublished, Tier: hub.TierPublic}, MechanismProfile},
		{"ClosedProfile", hub.Record{Kind: hub.Mechanism, Status: hub.StatusPublished, Tier: hub.TierNetwork}, RecordNetwork},
		{"Expert", hub.Record{Kind: hub.Expert, Status: hub.StatusPublished, Tier: hub.TierPublic}, RosterEntry},
		{"UnknownTier", hub.Record{Kind: hub.Practice, Status: hub.StatusPublished, Tier: "all"}, nobody},
		{"NoStatus", hub.Record{Kind: hub.Practice, Tier: hub.TierPublic}, nobody},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Record(&c.r).Kind; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTiers(t *testing.T) {
	d := door(t)
	for _, c := range []struct {
		role hub.Role
		want string
	}{
		{hub.RoleAnonymous, "public"}, {hub.RoleStakeholder, "public registered"}, {hub.RoleTBExpert, "public registered"},
		{hub.RoleMember, "public registered network"}, {hub.RoleCoordinator, "public registered network"},
		{hub.RoleModerator, "public registered network"}, {hub.RoleAdmin, "public registered"},
	} {
		var got []string
		for _, tier := range d.Tiers(hub.Viewer{Person: "p", Role: c.role}, hub.ActList) {
			got = append(got, string(tier))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s lists %q, want %q", c.role, s, c.want)
		}
	}
	if got := d.Tiers(hub.Viewer{Role: hub.RoleMember}, hub.ActList); len(got) != 1 {
		t.Errorf("a role without a person lists %v, want public only", got)
	}
}

// files is the shipped policy with one file replaced.
func files(t *testing.T, name, text string) fs.FS {
	t.Helper()
	m := fstest.MapFS{}
	for _, f := range []string{modelFile, policyFile, matrixFile} {
		raw, err := fs.ReadFile(policies.Files, f)
		if err != nil {
			t.Fatal(err)
		}
		m[f] = &fstest.MapFile{Data: raw}
	}
	m[name] = &fstest.MapFile{Data: []byte(text)}
	return m
}

func rules(t *testing.T) []string {
	t.Helper()
	raw, err := fs.ReadFile(policies.Files, policyFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(uncommented(raw), "\n")
}

// TestEveryRuleMatters removes each rule in turn: the door must not open.
func TestEveryRuleMatters(t *testing.T) {
	all := rules(t)
	for i, rule := range all {
		without := append(append([]string{}, all[:i]...), all[i+1:]...)
		if _, err := New(files(t, policyFile, strings.Join(without, "\n")), nil); err == nil {
			t.Errorf("without %q the door opens", rule)
		}
	}
}

func TestRefuses(t *testing.T) {
	all := strings.Join(rules(t), "\n")
	for _, c := range []struct{ name, file, text, says string }{
		{"Empty", policyFile, "", "empty"},
		{"AddedRule", policyFile, all + "\np, anonymous, any, record-network, read, -", "anonymous may read record-network"},
		{"FreshDropped", policyFile, strings.Replace(all, "moderate, fresh", "moderate, -", 1), "talk-closed"},
		{"UnknownRole", policyFile, all + "\np, everybody, any, record-public, read, -", `no role "everybody"`},
		{"Wildcard", policyFile, all + "\np, member, *, record-public, read, -", `no relation "*"`},
		{"UnknownKind", policyFile, all + "\np, member, any, .*, read, -", `no kind ".*"`},
		{"UnknownAction", policyFile, all + "\np, member, any, record-public, *, -", `no action "*"`},
		{"UnknownMark", policyFile, all + "\np, member, any, record-public, read, maybe", `no mark "maybe"`},
		{"Twice", policyFile, all + "\n" + rules(t)[0], "twice"},
		{"HalfARule", policyFile, all + "\np, member, any", "not whole"},
		{"NoModel", modelFile, "", "model"},
		{"MatrixCut", matrixFile, "row,kind,P,S,T,N,C,O,A\n1,record-public,rls,rlsu,rlsu,rlsu,rlsu,rls,rlsu\n", "rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(files(t, c.file, c.text), nil)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}

func FuzzDecide(f *testing.F) {
	f.Add("record-network", "read", "member", "stranger")
	f.Add("record-network", "read", "admin", "owner")
	matrix, err := readMatrix(policies.Files)
	if err != nil {
		f.Fatal(err)
	}
	d := door(f)
	f.Fuzz(func(t *testing.T, kind, act, role, rel string) {
		got := d.Decide(Kind(kind), hub.Action(act), hub.Role(role), hub.Relation(rel))
		if want := matrix.decide(Kind(kind), hub.Action(act), hub.Role(role), hub.Relation(rel)); got != want {
			t.Errorf("%s %s %s as %s: got %v, the matrix says %v", role, act, kind, rel, got, want)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	d := door(b)
	b.ReportAllocs()
	for b.Loop() {
		d.Decide(PublicRendering, hub.ActSubscribe, hub.RoleAdmin, hub.RelFormerMember)
	}
}

func BenchmarkMay(b *testing.B) {
	d := door(b)
	v := hub.Viewer{Person: "p1", Role: hub.RoleCoordinator, Mechanism: "MDA"}
	o := Object{Kind: RecordPublic, Owner: "p2", Mechanism: "MDA"}
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		if d.May(v, hub.ActEdit, o, now) != nil {
			b.Fatal("a coordinator edits the own mechanism's record")
		}
	}
}
