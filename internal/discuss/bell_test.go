package discuss_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store/storetest"
)

// bell is how many threads with news the bell of somebody counts.
func (r *room) bell(t testing.TB, v hub.Viewer) int {
	t.Helper()
	n, err := r.CountNews(t.Context(), v, 10)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestBellLooks: for who has no news the bell is one look into one index, also
// after something had waited for them.
func TestBellLooks(t *testing.T) {
	r := newRoom(t)
	f := &storetest.Faulty{Store: r.Store}
	r.Store = f
	looks := func(v hub.Viewer) (n int) {
		f.When(func(storetest.Call) error { n++; return nil })
		defer f.When(nil)
		if all := r.bell(t, v); all != 0 {
			t.Errorf("%s has %d news", v.Person, all)
		}
		return n
	}
	holder := somebody("holder", hub.RoleMember)
	holder.Seat = "seat"
	x := r.start(t, holder, "network", "How?")
	everybody := []hub.Viewer{ana, sam, holder, moderator, somebody("out", hub.RoleStakeholder)}
	for _, v := range everybody {
		if n := looks(v); n != 1 {
			t.Errorf("%s: %d looks", v.Person, n)
		}
	}
	p := r.propose(t, sam, x, "One")
	for _, v := range []hub.Viewer{holder, moderator} {
		if n := r.bell(t, v); n != 1 {
			t.Errorf("%s: %d wait", v.Person, n)
		}
	}
	if err := r.SetAside(t.Context(), holder, x.Space, x.Slug, p.ID, "No."); err != nil {
		t.Fatal(err)
	}
	if n := r.bell(t, sam); n != 1 {
		t.Errorf("its author hears of %d", n)
	}
	r.table(t, sam, x)
	for _, v := range everybody {
		looks(v)
		if n := looks(v); n != 1 {
			t.Errorf("%s: %d looks afterwards", v.Person, n)
		}
	}
}

// TestBellMeanwhile: what another instance writes while the bell is found to
// have nothing to ring for rings on.
func TestBellMeanwhile(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	p := r.propose(t, sam, x, "One")
	if err := r.SetAside(t.Context(), ana, x.Space, x.Slug, p.ID, "No."); err != nil {
		t.Fatal(err)
	}
	f := &storetest.Faulty{Store: r.Store}
	here := &discuss.Service{Door: r.Door, Store: f, Members: r, Log: r.Log, Now: r.now, NewID: hub.NewID}
	var once sync.Once
	f.When(func(c storetest.Call) error {
		if c == (storetest.Call{Name: "list", Collection: "summary-proposals"}) { // the last look
			once.Do(func() { r.propose(t, third, x, "Two") })
		}
		return nil
	})
	if n, err := here.CountNews(t.Context(), ana, 10); err != nil || n != 0 {
		t.Errorf("%d before it was there, %v", n, err)
	}
	if n, err := here.CountNews(t.Context(), ana, 10); err != nil || n != 1 {
		t.Errorf("%d afterwards, %v", n, err)
	}
}

// TestBellStops: wherever the hub stops while something begins to wait for
// somebody, their bell rings for it once the telling has come by.
func TestBellStops(t *testing.T) {
	stop := errors.New("the hub stops")
	for n := 1; n <= 6; n++ {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprint(n, lost), func(t *testing.T) {
				r := newRoom(t)
				x := r.start(t, ana, "network", "How?")
				post := r.say(t, sam, x, "So.")
				f := &storetest.Faulty{Store: r.Store}
				r.Store = f
				try := func(do func() error) {
					t.Helper()
					f.FailWrite(n, lost, stop)
					if err := do(); err != nil && !errors.Is(err, stop) {
						t.Fatal(err)
					}
					f.Mend()
					r.tellAll(t)
				}
				try(func() error { return r.AskConsent(t.Context(), ana, x.Space, x.Slug, post.Seq, hub.Practice) })
				_, now, err := r.One(t.Context(), sam, x.Space, x.Slug, post.Seq)
				if asked := r.bell(t, sam) == 1; err != nil || asked != (now.Consent != nil) {
					t.Errorf("consent %+v, bell %d, %v", now.Consent, r.bell(t, sam), err)
				}
				var p discuss.Proposal
				try(func() (err error) {
					p, err = r.Propose(t.Context(), third, x.Space, x.Slug, discuss.NewProposal{Body: "One", Key: "k"})
					return err
				})
				table := r.table(t, ana, x)
				if r.bell(t, ana) != len(table.Waiting) || r.bell(t, moderator) != len(table.Waiting) {
					t.Errorf("%d wait, the bells are %d and %d", len(table.Waiting), r.bell(t, ana), r.bell(t, moderator))
				}
				if len(table.Waiting) == 0 {
					p = r.propose(t, third, x, "One")
				} else {
					p = table.Waiting[0].Proposal
				}
				try(func() error { return r.SetAside(t.Context(), ana, x.Space, x.Slug, p.ID, "No.") })
				decided := 1 - len(r.table(t, ana, x).Waiting)
				if r.bell(t, third) != decided || r.bell(t, ana) != 1-decided {
					t.Errorf("decided: %d, the bells are %d and %d", decided, r.bell(t, third), r.bell(t, ana))
				}
			})
		}
	}
}

// tellAll does what the telling does, but for mails.
func (r *room) tellAll(t *testing.T) {
	t.Helper()
	asked, err := r.Unasked(t.Context())
	for _, p := range asked {
		_, _, e := r.AskedFor(t.Context(), somebody(p.By, hub.RoleMember), p, member.NewsAtOnce)
		err = errors.Join(err, e, r.ToldAsked(t.Context(), p))
	}
	proposed, e := r.ToTell(t.Context())
	err = errors.Join(err, e)
	for _, p := range proposed {
		_, e := r.Alert(t.Context(), p)
		err = errors.Join(err, e, r.ToldOf(t.Context(), p))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestBellMended: what waits from before there were bells rings after a sweep,
// and a host who is new is asked too.
func TestBellMended(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	post := r.say(t, sam, x, "So.")
	if err := r.AskConsent(t.Context(), ana, x.Space, x.Slug, post.Seq, hub.Practice); err != nil {
		t.Fatal(err)
	}
	r.propose(t, third, x, "One")
	y := r.start(t, sam, "network", "Else?")
	q := r.propose(t, third, y, "Two")
	if err := r.SetAside(t.Context(), sam, y.Space, y.Slug, q.ID, "No."); err != nil {
		t.Fatal(err)
	}
	everybody := []hub.Viewer{ana, sam, third, moderator}
	for _, v := range everybody {
		d, err := r.Store.Get(t.Context(), "thread-marks", v.Person+"/bell")
		if v.Person == "moderator" {
			d, err = r.Store.Get(t.Context(), "thread-marks", discuss.Moderators+"/bell")
		}
		if err == nil {
			err = r.Store.Delete(t.Context(), "thread-marks", d.ID, d.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	host := somebody("host", hub.RoleMember)
	if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) {
		x.Kind, x.Exchange = discuss.Hosted, &discuss.Exchange{From: r.now(), To: r.now().AddDate(0, 0, 1), Host: "host", Question: "How?"}
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, v := range append(everybody, host) {
		if n := r.bell(t, v); n != 1 {
			t.Errorf("%s has %d news", v.Person, n)
		}
	}
}

// TestBellInClosedRoom: in a space whose members are named a moderator hears of
// a proposal who is one of them, though they sign in again to decide; and no
// other moderator does.
func TestBellInClosedRoom(t *testing.T) {
	r := newRoom(t)
	keeper, other := moderator, somebody("moderator two", hub.RoleModerator)
	keeper.Fresh = r.now().Add(time.Hour)
	shut := discuss.Space{Slug: "shut", Tier: discuss.Closed, Kind: discuss.Discussion, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Shut", Purpose: "To talk."}}}
	if err := r.OpenSpace(t.Context(), keeper, shut); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"ana", "sam"} {
		if err := r.Admit(t.Context(), keeper, "shut", who); err != nil {
			t.Fatal(err)
		}
	}
	x := r.start(t, ana, "shut", "Between us")
	p := r.propose(t, sam, x, "One")
	other.Fresh = keeper.Fresh
	for name, c := range map[string]struct {
		v    hub.Viewer
		want int
	}{"Fresh": {keeper, 1}, "NotFresh": {moderator, 1}, "NoMember": {other, 0}, "Asker": {ana, 1}} {
		if n := r.bell(t, c.v); n != c.want {
			t.Errorf("%s: %d news, want %d", name, n, c.want)
		}
		if all, err := r.News(t.Context(), c.v); err != nil || len(all) != c.want {
			t.Errorf("%s: %d on the page, want %d, %v", name, len(all), c.want, err)
		}
		if _, rings, err := r.TellOf(t.Context(), c.v, p, member.NewsAtOnce); err != nil || rings != (c.want == 1) {
			t.Errorf("%s: told %v, %v", name, rings, err)
		}
	}
	if table := r.table(t, moderator, x); table.Leads || !table.Again || len(table.Waiting) != 0 {
		t.Errorf("before they sign in again they read %+v", table)
	}
	if table := r.table(t, keeper, x); !table.Leads || table.Again || len(table.Waiting) != 1 {
		t.Errorf("afterwards they read %+v", table)
	}
}

// TestBellShown: a request for consent that was out of sight with its post rings
// again when the post is shown.
func TestBellShown(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	p := r.say(t, sam, x, "So.")
	if err := r.AskConsent(t.Context(), ana, x.Space, x.Slug, p.Seq, hub.Practice); err != nil {
		t.Fatal(err)
	}
	if err := r.Hide(t.Context(), moderator, x.Space, x.Slug, p.Seq, "Names somebody."); err != nil {
		t.Fatal(err)
	}
	if n := r.bell(t, sam); n != 0 {
		t.Errorf("while it is hidden: %d", n)
	}
	if err := r.Show(t.Context(), moderator, x.Space, x.Slug, p.Seq); err != nil {
		t.Fatal(err)
	}
	if n := r.bell(t, sam); n != 1 {
		t.Errorf("when it is shown: %d", n)
	}
}

// BenchmarkBell is what a page asks of what is new: for who has nothing new, and
// for who is to decide on as many proposals as wait in a thread at most, each as
// long as it may be.
func BenchmarkBell(b *testing.B) {
	r := newRoom(b)
	x := r.start(b, ana, "network", "How?")
	for n := range discuss.MaxProposals {
		v := somebody(fmt.Sprint("m", n), hub.RoleMember)
		r.propose(b, v, x, fmt.Sprint(n, strings.Repeat(" word", discuss.MaxPost/5-10)))
	}
	for name, v := range map[string]hub.Viewer{"Nothing": third, "Proposals": ana} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.CountNews(b.Context(), v, 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
