package discuss_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestBrokenGlass: an administrator reads a closed space for an hour after
// giving a reason, reads and no more; members see it, and it is on record.
func TestBrokenGlass(t *testing.T) {
	r := newRoom(t)
	admin, member := somebody("admin", hub.RoleAdmin), somebody("ana", hub.RoleMember)
	admin.Fresh = r.now().Add(time.Minute)
	th, err := r.Start(t.Context(), member, "network", discuss.NewThread{Title: "Late reports", Body: "How?", Lang: hub.English, Key: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Thread(t.Context(), admin, "network", th.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Fatalf("before: %v", err)
	}
	var invalid *hub.Invalid
	for name, c := range map[string]struct {
		v             hub.Viewer
		space, reason string
		want          error
		field         string
	}{
		"Member":    {member, "network", "why not", hub.ErrNotFound, ""},
		"Moderator": {somebody("mod", hub.RoleModerator), "network", "why not", hub.ErrForbidden, ""},
		"Stale":     {somebody("admin", hub.RoleAdmin), "network", "complaint 7", hub.ErrFresh, ""},
		"NoReason":  {admin, "network", " ", nil, "reason"},
		"NoSpace":   {admin, "none-such", "complaint 7", nil, "space"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.Break(t.Context(), c.v, c.space, c.reason)
			if c.field == "" && !errors.Is(err, c.want) || c.field != "" && (!errors.As(err, &invalid) || invalid.Field != c.field) {
				t.Errorf("got %v, want %v %s", err, c.want, c.field)
			}
		})
	}
	if _, err := r.Break(t.Context(), admin, "network", "complaint 7"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Thread(t.Context(), admin, "network", th.Slug); err != nil {
			t.Fatalf("through the glass: %v", err)
		}
	}
	if _, err := r.Append(t.Context(), admin, "network", th.Slug, discuss.NewPost{Body: "I", Lang: hub.English, Key: "k2"}); err == nil {
		t.Error("an administrator writes through the glass")
	}
	if _, err := r.Thread(t.Context(), admin, "closed", th.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("another space: %v", err)
	}
	if all, err := r.Broken(t.Context(), member, "network"); err != nil || len(all) != 1 || all[0].Reason != "complaint 7" {
		t.Errorf("members see %+v, %v", all, err)
	}
	acts := map[string]int{}
	entries, _, err := r.Log.List(t.Context(), audit.Filter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		acts[e.What+" "+string(e.Outcome)]++
	}
	if acts["glass.break done"] != 1 || acts["glass.break refused"] != 1 || acts["glass.read done"] != 1 {
		t.Errorf("on record: %v", acts)
	}
	r.pass(discuss.GlassLife)
	if _, err := r.Thread(t.Context(), admin, "network", th.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("an hour later: %v", err)
	}
}

// TestUnmask: who wrote a post without a name is said to a moderator with a
// fresh sign-in and a reason, on record, and the post says so from then on.
func TestUnmask(t *testing.T) {
	r := newRoom(t)
	member, moderator := somebody("ana", hub.RoleMember), somebody("mod", hub.RoleModerator)
	th, err := r.Start(t.Context(), member, "network", discuss.NewThread{Title: "Late reports", Body: "How?", Lang: hub.English, Key: "k1", Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Unmask(t.Context(), moderator, "network", th.Slug, 1, "threat"); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("an old sign-in: %v", err)
	}
	moderator.Fresh = r.now().Add(time.Minute)
	if _, err := r.Unmask(t.Context(), somebody("eve", hub.RoleMember), "network", th.Slug, 1, "threat"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member: %v", err)
	}
	var invalid *hub.Invalid
	if _, err := r.Unmask(t.Context(), moderator, "network", th.Slug, 1, ""); !errors.As(err, &invalid) || invalid.Field != "reason" {
		t.Errorf("no reason: %v", err)
	}
	who, err := r.Unmask(t.Context(), moderator, "network", th.Slug, 1, "threat")
	if err != nil || who != "ana" {
		t.Fatalf("%q, %v", who, err)
	}
	posts, _, err := r.Posts(t.Context(), member, "network", th.Slug, 1)
	if err != nil || posts[0].Unmasked == nil {
		t.Errorf("the post does not tell: %+v, %v", posts, err)
	}
	if entries, _, err := r.Log.List(t.Context(), audit.Filter{What: "post.unmask", Limit: 5}); err != nil || len(entries) != 1 || entries[0].Reason != "threat" {
		t.Errorf("on record: %+v, %v", entries, err)
	}
}

// TestRecordNamesNoClosedSpace: who reads the record of acts learns of no space
// whose members are named, and still tells the acts of one from those of another.
func TestRecordNamesNoClosedSpace(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	keeper, admin := moderator, somebody("admin", hub.RoleAdmin)
	keeper.Fresh, admin.Fresh = r.now().Add(time.Hour), r.now().Add(time.Hour)
	objects := map[string]map[string]bool{}
	for _, tier := range []discuss.Tier{discuss.Closed, discuss.Dialogue, discuss.Network} {
		slug := "quoll-" + string(tier)
		err := r.OpenSpace(ctx, keeper, discuss.Space{Slug: slug, Tier: tier, Kind: discuss.Discussion, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Quoll", Purpose: "To talk."}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetSpace(ctx, keeper, slug, func(x *discuss.Space) { x.Keep = 12 }); err != nil {
			t.Fatal(err)
		}
		if tier.Named() {
			r.admit(t, slug, "ana")
			if err := r.Dismiss(ctx, keeper, slug, "ana", "left"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Break(ctx, admin, slug, "complaint 7"); err != nil {
			t.Fatal(err)
		}
		entries, _, err := r.Log.List(ctx, audit.Filter{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if objects[e.Object] == nil {
				objects[e.Object] = map[string]bool{}
			}
			objects[e.Object][e.What] = true
			if tier.Named() && strings.Contains(e.Object, "quoll") {
				t.Errorf("%s is on record of %s", e.What, e.Object)
			}
		}
	}
	if len(objects) != 3 || len(objects["space:quoll-network"]) != 3 {
		t.Errorf("on record: %v", objects)
	}
}
