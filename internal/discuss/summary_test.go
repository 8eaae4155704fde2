package discuss_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store/storetest"
)

var third = somebody("third", hub.RoleMember)

// propose proposes a wording on the present one.
func (r *room) propose(t testing.TB, v hub.Viewer, x discuss.Thread, body string) discuss.Proposal {
	t.Helper()
	now, err := r.Thread(t.Context(), v, x.Space, x.Slug)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Propose(t.Context(), v, x.Space, x.Slug, discuss.NewProposal{Body: body, On: now.Wording()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *room) table(t testing.TB, v hub.Viewer, x discuss.Thread) discuss.Table {
	t.Helper()
	table, err := r.Table(t.Context(), v, x.Space, x.Slug)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func (r *room) summed(t testing.TB, x discuss.Thread) string {
	t.Helper()
	return r.table(t, ana, x).Thread.Summed()
}

func (r *room) asTheyAre(t testing.TB, id string) hub.Viewer {
	t.Helper()
	v, _, err := r.Viewer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func bodies(all []discuss.Laid) string {
	var said []string
	for _, p := range all {
		said = append(said, string(p.State)+":"+p.Body)
	}
	return strings.Join(said, " ")
}

// TestPropose walks a proposal: who may make it, who sees it, who decides.
func TestPropose(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	outsider := somebody("out", hub.RoleStakeholder)
	one := discuss.NewProposal{Body: "We name **two**.", Why: " As said  in 2. ", Key: "k"}
	for name, c := range map[string]struct {
		v    hub.Viewer
		n    discuss.NewProposal
		want string // a field
		err  error
	}{
		"Outsider": {outsider, one, "", hub.ErrNotFound},
		"Public":   {hub.Public, one, "", hub.ErrNotFound},
		"Admin":    {somebody("admin", hub.RoleAdmin), one, "", hub.ErrNotFound},
		"Empty":    {sam, discuss.NewProposal{Body: " \n"}, "summary", nil},
		"TooLong":  {sam, discuss.NewProposal{Body: strings.Repeat("x", discuss.MaxPost+1)}, "summary", nil},
		"Links":    {sam, discuss.NewProposal{Body: strings.Repeat("https://a.example ", discuss.MaxLinks+1)}, "summary", nil},
		"LongWhy":  {sam, discuss.NewProposal{Body: "x", Why: strings.Repeat("y", discuss.MaxPurpose+1)}, "why", nil},
		"NoBase":   {sam, discuss.NewProposal{Body: "x", On: 1}, "on", nil},
		"LongKey":  {sam, discuss.NewProposal{Body: "x", Key: strings.Repeat("k", 65)}, "key", nil},
	} {
		_, err := r.Propose(t.Context(), c.v, x.Space, x.Slug, c.n)
		if c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		} else if c.err == nil {
			wants(t, name, err, c.want)
		}
	}
	p, err := r.Propose(t.Context(), sam, x.Space, x.Slug, one)
	if err != nil || p.Why != "As said in 2." {
		t.Fatalf("%+v, %v", p, err)
	}
	if again, err := r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: "Else", Key: "k"}); err != nil || again.ID != p.ID || again.Began("Else") {
		t.Errorf("the same key: %+v, %v", again, err)
	}
	for v, want := range map[*hub.Viewer]string{&ana: "waits:We name **two**.", &moderator: "waits:We name **two**.", &sam: "waits:We name **two**.", &third: ""} {
		table := r.table(t, *v, x)
		if got := bodies(table.Waiting); got != want || table.Thread.Proposed != 1 {
			t.Errorf("%s sees %q, and %d", v.Person, got, table.Thread.Proposed)
		}
	}
	if _, err := r.Table(t.Context(), outsider, x.Space, x.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("an outsider: %v", err)
	}

	for _, v := range []hub.Viewer{sam, third, outsider} {
		if _, err := r.Accept(t.Context(), v, x.Space, x.Slug, p.ID, "", 0); err == nil {
			t.Errorf("%s accepts", v.Person)
		}
		if err := r.SetAside(t.Context(), v, x.Space, x.Slug, p.ID, "no"); err == nil {
			t.Errorf("%s sets aside", v.Person)
		}
	}
	if err := r.Withdraw(t.Context(), ana, x.Space, x.Slug, p.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("withdrawn by another: %v", err)
	}
	other := r.start(t, ana, "network", "Another")
	if _, err := r.Accept(t.Context(), ana, other.Space, other.Slug, p.ID, "", 0); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("accepted in another thread: %v", err)
	}
	for range 2 { // the second time the answer was lost
		got, err := r.Accept(t.Context(), ana, x.Space, x.Slug, p.ID, "", 0)
		if err != nil || got.Summed() != "We name **two**." || got.Wording() != 1 || got.Summary.Author != "sam" || got.Summary.By != "ana" || got.Summary.As != discuss.Asker || got.Summary.Changed {
			t.Fatalf("%+v, %v", got.Summary, err)
		}
	}
	if table := r.table(t, sam, x); len(table.Waiting) != 0 || bodies(table.Own) != "accepted:We name **two**." || table.Thread.Proposed != 0 {
		t.Errorf("the proposer sees %q, %q", bodies(table.Waiting), bodies(table.Own))
	}
	if err := r.SetAside(t.Context(), moderator, x.Space, x.Slug, p.ID, "late"); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("set aside after it was accepted: %v", err)
	}
	_, err = r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: "We name **two**.", On: 1})
	wants(t, "the same text", err, "summary")

	q := r.propose(t, third, x, "We name three.")
	wants(t, "no reason", r.SetAside(t.Context(), ana, x.Space, x.Slug, q.ID, " "), "reason")
	for range 2 {
		if err := r.SetAside(t.Context(), ana, x.Space, x.Slug, q.ID, "Nobody said three."); err != nil {
			t.Fatal(err)
		}
	}
	if own := r.table(t, third, x).Own; bodies(own) != "aside:We name three." || own[0].Decided.Reason != "Nobody said three." {
		t.Errorf("%+v", own)
	}
	if own := r.table(t, sam, x).Own; len(own) != 1 {
		t.Errorf("sam sees %q", bodies(own))
	}
	q = r.propose(t, third, x, "We name two, or three.")
	for range 2 {
		if err := r.Withdraw(t.Context(), third, x.Space, x.Slug, q.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Accept(t.Context(), ana, x.Space, x.Slug, q.ID, "", 1); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("accepted after it was withdrawn: %v", err)
	}
	if table := r.table(t, third, x); len(table.Waiting) != 0 || len(table.Own) != 1 {
		t.Errorf("withdrawn it is still there: %q %q", bodies(table.Waiting), bodies(table.Own))
	}
}

// TestOlderWording: a proposal on a wording that was left behind says so, with
// both texts, and nothing is lost when two lead at once.
func TestOlderWording(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, "One", 0); err != nil {
		t.Fatal(err)
	}
	p, q := r.propose(t, sam, x, "One and two"), r.propose(t, third, x, "One or three")
	if _, err := r.Accept(t.Context(), moderator, x.Space, x.Slug, p.ID, "One and two, as said", 1); err != nil {
		t.Fatal(err)
	}
	table := r.table(t, ana, x)
	if len(table.Waiting) != 1 || !table.Waiting[0].Older || table.Waiting[0].Base != "One" || table.Thread.Summed() != "One and two, as said" || !table.Thread.Summary.Changed || table.Thread.Summary.As != discuss.Moderator {
		t.Errorf("%+v", table)
	}
	if own := r.table(t, sam, x).Own; bodies(own) != "altered:One and two" {
		t.Errorf("the proposer sees %q", bodies(own))
	}
	if _, err := r.Accept(t.Context(), ana, x.Space, x.Slug, q.ID, "", 1); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("accepted over a wording that was not seen: %v", err)
	}
	if _, err := r.Accept(t.Context(), ana, x.Space, x.Slug, q.ID, "One and two or three", 2); err != nil {
		t.Fatal(err)
	}
	_, all, err := r.Wordings(t.Context(), third, x.Space, x.Slug)
	if err != nil || len(all) != 3 || all[0].Body != "One" || all[1].Body != "One and two, as said" || all[2].N != 3 || all[1].Author != "sam" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := r.Restore(t.Context(), sam, x.Space, x.Slug, 1, 3); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("brought back by who does not lead: %v", err)
	}
	if _, err := r.Restore(t.Context(), ana, x.Space, x.Slug, 9, 3); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("what never was: %v", err)
	}
	if got, err := r.Restore(t.Context(), ana, x.Space, x.Slug, 2, 3); err != nil || got.Summed() != "One and two, as said" || got.Wording() != 4 {
		t.Errorf("%+v, %v", got.Summary, err)
	}
	if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, "", 4); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Wordings(t.Context(), third, x.Space, x.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("taken back, others read its wordings: %v", err)
	}
	if _, all, err := r.Wordings(t.Context(), ana, x.Space, x.Slug); err != nil || len(all) != 5 {
		t.Errorf("who leads reads %d, %v", len(all), err)
	}
	if got, err := r.Restore(t.Context(), ana, x.Space, x.Slug, 4, 5); err != nil || got.Summed() != "One and two, as said" {
		t.Errorf("brought back: %+v, %v", got.Summary, err)
	}
}

// TestWordingsAreBounded: of very many wordings the first and the last ones are
// kept.
func TestWordingsAreBounded(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	for n := range int64(60) {
		if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, fmt.Sprint("Wording ", n+1), n); err != nil {
			t.Fatal(err)
		}
	}
	_, all, err := r.Wordings(t.Context(), sam, x.Space, x.Slug)
	if err != nil || len(all) != 51 || all[0].Body != "Wording 1" || all[1].Body != "Wording 11" || all[50].Body != "Wording 60" {
		t.Errorf("%d are kept, %v", len(all), err)
	}
}

// TestNamelessProposal: who proposed without their name is nobody, also for who
// moderates, before and after.
func TestNamelessProposal(t *testing.T) {
	r := newRoom(t)
	x, named := r.start(t, ana, "network", "How?"), r.start(t, ana, "registered", "How?")
	_, err := r.Propose(t.Context(), sam, named.Space, named.Slug, discuss.NewProposal{Body: "x", Nameless: true})
	wants(t, "where everybody is named", err, "as")
	p, err := r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: "Sotto voce", Nameless: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []hub.Viewer{ana, moderator} {
		if l := r.table(t, v, x).Waiting[0]; l.By != "" || l.Once != "" || l.Mine {
			t.Errorf("%s learns %+v", v.Person, l)
		}
	}
	if l := r.table(t, sam, x).Waiting[0]; !l.Mine {
		t.Error("their own is not theirs")
	}
	if _, err := r.Accept(t.Context(), moderator, x.Space, x.Slug, p.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	_, all, err := r.Wordings(t.Context(), moderator, x.Space, x.Slug)
	if err != nil || all[0].Author != "" || !all[0].Nameless {
		t.Errorf("%+v, %v", all, err)
	}
	own, err := r.Own(t.Context(), "sam")
	if got := own.(discuss.OwnTalk).Proposals; err != nil || len(got) != 1 || got[0].Body != "Sotto voce" || got[0].Decided.By != "" {
		t.Errorf("their own data: %+v, %v", got, err)
	}
	if own, _ := r.Own(t.Context(), "ana"); len(own.(discuss.OwnTalk).Proposals) != 0 {
		t.Error("it is among the data of another")
	}
}

// TestProposalLimits: how many wait is bounded, also for who is fast; a lock, a
// slow thread, an outcome and the end of a membership end the proposing.
func TestProposalLimits(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	var mu sync.Mutex
	var refused int
	var wg sync.WaitGroup
	for n := range 10 {
		wg.Go(func() {
			_, err := r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: fmt.Sprint("Wording ", n)})
			var i *hub.Invalid
			mu.Lock()
			defer mu.Unlock()
			if errors.As(err, &i) && i.Field == "own" && i.Limit == discuss.OwnProposals {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	table := r.table(t, ana, x)
	if len(table.Waiting) != discuss.OwnProposals || refused != 10-discuss.OwnProposals || table.Thread.Proposed != discuss.OwnProposals {
		t.Errorf("%d wait, %d noted, %d were refused", len(table.Waiting), table.Thread.Proposed, refused)
	}
	for n := range discuss.MaxProposals - discuss.OwnProposals {
		r.propose(t, somebody(fmt.Sprint("m", n), hub.RoleMember), x, fmt.Sprint("Of another ", n))
	}
	_, err := r.Propose(t.Context(), third, x.Space, x.Slug, discuss.NewProposal{Body: "One more"})
	wants(t, "a thread that is full", err, "open")
	if err := r.Withdraw(t.Context(), sam, x.Space, x.Slug, table.Waiting[0].ID); err != nil {
		t.Fatal(err)
	}
	r.propose(t, third, x, "One more")

	y := r.start(t, ana, "network", "Slow")
	if err := r.SetSlow(t.Context(), moderator, y.Space, y.Slug, 10, "Calm."); err != nil {
		t.Fatal(err)
	}
	r.propose(t, third, y, "Slowly")
	var many *hub.TooMany
	if _, err := r.Propose(t.Context(), third, y.Space, y.Slug, discuss.NewProposal{Body: "Quickly"}); !errors.As(err, &many) {
		t.Errorf("in a slow thread: %v", err)
	}
	r.pass(11 * time.Minute)
	r.propose(t, third, y, "Calmly")
	newcomer := somebody("new one", hub.RoleMember)
	for n := range 3 {
		r.say(t, newcomer, x, fmt.Sprint("Post ", n))
		r.say(t, newcomer, y, fmt.Sprint("Post ", n))
		r.pass(11 * time.Minute)
		if n == 1 {
			break
		}
	}
	z := r.start(t, newcomer, "network", "Five")
	if _, err := r.Propose(t.Context(), newcomer, z.Space, z.Slug, discuss.NewProposal{Body: "A sixth"}); !errors.As(err, &many) {
		t.Errorf("beyond what may be posted on the first day: %v", err)
	}

	if err := r.Lock(t.Context(), moderator, y.Space, y.Slug, true, "done"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Propose(t.Context(), sam, y.Space, y.Slug, discuss.NewProposal{Body: "x"}); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("in a locked thread: %v", err)
	}
	if _, err := r.Conclude(t.Context(), ana, x.Space, x.Slug, discuss.Outcome{Shared: "So."}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: "x"}); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("after the outcome: %v", err)
	}

	keeper := moderator
	keeper.Fresh = r.now().Add(time.Hour)
	if err := r.OpenSpace(t.Context(), keeper, discuss.Space{Slug: "shut", Tier: discuss.Closed, Kind: discuss.Discussion, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Shut", Purpose: "To talk."}}}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"ana", "sam"} {
		if err := r.Admit(t.Context(), keeper, "shut", who); err != nil {
			t.Fatal(err)
		}
	}
	w := r.start(t, ana, "shut", "Between us")
	p := r.propose(t, sam, w, "Quietly")
	if err := r.Dismiss(t.Context(), keeper, "shut", "sam", "left"); err != nil {
		t.Fatal(err)
	}
	_, err = r.Propose(t.Context(), sam, w.Space, w.Slug, discuss.NewProposal{Body: "Again"})
	if err2 := r.Withdraw(t.Context(), sam, w.Space, w.Slug, p.ID); !errors.Is(err, hub.ErrNotFound) || !errors.Is(err2, hub.ErrNotFound) {
		t.Errorf("after they left: %v, %v", err, err2)
	}
	if _, err := r.Accept(t.Context(), ana, w.Space, w.Slug, p.ID, "", 0); err != nil {
		t.Errorf("what they proposed before: %v", err)
	}
	if n, err := r.CountNews(t.Context(), sam, 9); err != nil || n != 0 {
		t.Errorf("they hear of it: %d, %v", n, err)
	}
}

// TestProposalNews: who leads hears of a proposal until it is decided, its
// author of the decision until they have seen it; both as they wanted.
func TestProposalNews(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	hears := func(v hub.Viewer, sums, fates int) {
		t.Helper()
		all, err := r.News(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		var n discuss.News
		for _, one := range all {
			n.Sums, n.Fates = n.Sums+one.Sums, n.Fates+one.Fates
		}
		count, err := r.CountNews(t.Context(), v, 9)
		if err != nil || n.Sums != sums || n.Fates != fates || count != min(sums+fates, 1) {
			t.Errorf("%s hears of %d and %d, counted %d, want %d and %d; %v", v.Person, n.Sums, n.Fates, count, sums, fates, err)
		}
	}
	p, q := r.propose(t, sam, x, "One"), r.propose(t, sam, x, "Two")
	hears(ana, 2, 0)
	hears(sam, 0, 0)
	hears(third, 0, 0)
	hears(moderator, 2, 0)
	told := func(want ...string) {
		t.Helper()
		all, err := r.ToTell(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range all {
			people, err := r.Alert(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for _, who := range people {
				if _, rings, err := r.TellOf(t.Context(), r.asTheyAre(t, who), p, member.NewsAtOnce); err != nil {
					t.Fatal(err)
				} else if rings {
					got = append(got, string(p.State)+" "+who)
				}
			}
			if err := r.ToldOf(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	}
	told("waits ana", "waits ana", "waits moderator", "waits moderator", "waits moderator two", "waits moderator two")
	told()
	if _, err := r.Accept(t.Context(), moderator, x.Space, x.Slug, p.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	hears(ana, 1, 0)
	hears(sam, 0, 1)
	told("accepted sam")
	nothing := member.NewsNothing
	if err := r.Follow(t.Context(), sam, x.Space, x.Slug, false, &nothing); err != nil {
		t.Fatal(err)
	}
	if err := r.SetAside(t.Context(), ana, x.Space, x.Slug, q.ID, "No."); err != nil {
		t.Fatal(err)
	}
	hears(sam, 0, 0)
	told()
	if err := r.Follow(t.Context(), sam, x.Space, x.Slug, true, nil); err != nil {
		t.Fatal(err)
	}
	hears(sam, 0, 2)
	r.table(t, sam, x)
	hears(sam, 0, 0)
	hears(ana, 0, 0)
	hears(moderator, 0, 0)

	r.propose(t, sam, x, "Three")
	hears(hub.Viewer{Person: "ana", Role: hub.RoleStakeholder}, 0, 0)
	r.pass(discuss.KeepDeleted + time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if own := r.table(t, sam, x); len(own.Own) != 0 || len(own.Waiting) != 1 {
		t.Errorf("long after: %q, %q", bodies(own.Own), bodies(own.Waiting))
	}
}

// TestSummaryStops: wherever the hub stops while a proposal is made, accepted
// or set aside, nothing that was said is lost or stands there half.
func TestSummaryStops(t *testing.T) {
	stop := errors.New("the hub stops")
	for n := 1; n <= 8; n++ {
		for _, lost := range []bool{false, true} { // the n-th write is not done, or its answer is lost
			t.Run(fmt.Sprint(n, lost), func(t *testing.T) {
				r := newRoom(t)
				x := r.start(t, ana, "network", "How?")
				if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, "One", 0); err != nil {
					t.Fatal(err)
				}
				f := &storetest.Faulty{Store: r.Store}
				r.Store = f
				try := func(do func() error) {
					t.Helper()
					f.FailWrite(n, lost, stop)
					err := do()
					if err != nil && !errors.Is(err, stop) {
						t.Fatal(err)
					}
					f.Mend()
					if err != nil { // and again by who got no answer
						if err = do(); err != nil {
							t.Fatal(err)
						}
					}
				}
				var p discuss.Proposal
				try(func() (err error) {
					p, err = r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: "One and two", On: 1, Key: "k"})
					return err
				})
				q := r.propose(t, third, x, "One or three")
				try(func() error {
					_, err := r.Accept(t.Context(), ana, x.Space, x.Slug, p.ID, "", 1)
					return err
				})
				try(func() error { return r.SetAside(t.Context(), ana, x.Space, x.Slug, q.ID, "No.") })
				if _, err := r.ToTell(t.Context()); err != nil {
					t.Fatal(err)
				}
				table := r.table(t, ana, x)
				if table.Thread.Summed() != "One and two" || table.Thread.Wording() != 2 || len(table.Waiting) != 0 || table.Thread.Proposed != 0 {
					t.Errorf("%+v", table)
				}
				if a, b := bodies(r.table(t, sam, x).Own), bodies(r.table(t, third, x).Own); a != "accepted:One and two" || b != "aside:One or three" {
					t.Errorf("%q, %q", a, b)
				}
				if _, all, err := r.Wordings(t.Context(), sam, x.Space, x.Slug); err != nil || len(all) != 2 {
					t.Errorf("%d wordings, %v", len(all), err)
				}
			})
		}
	}
}

// TestAcceptedWins: where one accepts what another sets aside at the same time,
// the summary and the proposal say the same.
func TestAcceptedWins(t *testing.T) {
	for range 20 {
		r := newRoom(t)
		x := r.start(t, ana, "network", "How?")
		p := r.propose(t, sam, x, "One")
		var wg sync.WaitGroup
		for _, do := range []func() error{
			func() error { _, err := r.Accept(t.Context(), ana, x.Space, x.Slug, p.ID, "", 0); return err },
			func() error {
				_, err := r.Accept(t.Context(), moderator, x.Space, x.Slug, p.ID, "One, or so", 0)
				return err
			},
			func() error { return r.SetAside(t.Context(), moderator, x.Space, x.Slug, p.ID, "No.") },
		} {
			wg.Go(func() {
				if err := do(); err != nil && !errors.Is(err, hub.ErrConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		own := bodies(r.table(t, sam, x).Own)
		want := map[string]string{"": "aside:One", "One": "accepted:One", "One, or so": "altered:One"}[r.summed(t, x)]
		if own != cmp.Or(want, "?") {
			t.Errorf("the summary is %q and the proposal %q", r.summed(t, x), own)
		}
	}
}

// TestSummaryDestroyed: with its thread goes what belongs to it.
func TestSummaryDestroyed(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "How?")
	if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, "One", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Summarise(t.Context(), ana, x.Space, x.Slug, "Two", 1); err != nil {
		t.Fatal(err)
	}
	r.propose(t, sam, x, "Three")
	if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) { x.Keep = 1 }); err != nil {
		t.Fatal(err)
	}
	r.pass(40 * 24 * time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for collection, id := range map[string]string{"summary-wordings": x.ID + "-1", "threads": x.ID} {
		if _, err := r.Store.Get(t.Context(), collection, id); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s: %v", collection, err)
		}
	}
	if n, err := r.CountNews(t.Context(), ana, 9); err != nil || n != 0 {
		t.Errorf("%d news of it, %v", n, err)
	}
	if all, err := r.ToTell(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d to tell, %v", len(all), err)
	}
}

// TestOutcomeNamesNobody: whom an outcome mentions is nobody in it, in each of
// its parts.
func TestOutcomeNamesNobody(t *testing.T) {
	r := newRoom(t)
	r.Somebody = func(_ hub.Lang, former bool) string { return "a participant" }
	x := r.start(t, ana, "network", "How?")
	r.say(t, sam, x, "So.")
	said := "As @Name-of-sam said to @name-of-ANA and @Else; ion@Name-of-sam.example"
	now, err := r.Conclude(t.Context(), ana, x.Space, x.Slug, discuss.Outcome{Asked: said, Shared: said, Reuse: "> @Name-of-sam\n\n@Name-of-sam"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := "As a participant said to a participant and @Else; ion@Name-of-sam.example"
	if o := now.Outcome; o.Asked != want || o.Shared != want || strings.Contains(o.Reuse, "sam") {
		t.Errorf("%+v", o)
	}
	names, err := r.Named(t.Context(), ana, x.Space, x.Slug)
	if err != nil || !slices.Contains(discuss.Naming("Ask Name-of-sam", names), "Name-of-sam") {
		t.Errorf("a handle is no name: %v, %v", names, err)
	}
}

// TestSummaryMentions: a summary keeps what was typed, and whom it mentions; a
// name that changes hands later means who had it then, and who is not there any
// more is nobody's name.
func TestSummaryMentions(t *testing.T) {
	r := newRoom(t)
	r.Somebody = func(_ hub.Lang, former bool) string {
		return map[bool]string{true: "former", false: "somebody"}[former]
	}
	x := r.start(t, ana, "network", "How?")
	r.say(t, sam, x, "So.")
	if _, err := r.Append(t.Context(), third, x.Space, x.Slug, discuss.NewPost{Body: "Quietly.", Lang: hub.English, Anonymous: true}); err != nil {
		t.Fatal(err)
	}
	const said = "As @Name-of-sam said, and @Name-of-third did not"
	p := r.propose(t, sam, x, said)
	now, err := r.Accept(t.Context(), ana, x.Space, x.Slug, p.ID, "", 0)
	if err != nil || now.Summed() != said {
		t.Fatalf("%q, %v", now.Summed(), err)
	}
	post := now.Signed(now.Summed())
	if !slices.Equal(post.Mentions, []string{"sam"}) {
		t.Fatalf("mentioned are %v", post.Mentions)
	}
	for v, want := range map[*hub.Viewer]string{&third: "As @Name of sam said, and @Name-of-third did not", &hub.Public: "As somebody said, and @Name-of-third did not"} {
		say, err := r.Mentioned(t.Context(), *v, hub.English, post)
		if err != nil {
			t.Fatal(err)
		}
		if got := markup.Mentions(post.Body, say); got != want {
			t.Errorf("%q reads %q", v.Person, got)
		}
	}
	if got := r.Copy(post.Body, hub.English); got != "As somebody said, and @Name-of-third did not" {
		t.Errorf("a copy says %q", got)
	}
	if _, err := r.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: said, On: 1}); err == nil {
		t.Error("what stands there can be proposed")
	}
}
