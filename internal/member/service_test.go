package member

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
)

// cheap are the lowest parameters that argon2id takes.
var cheap = Params{Memory: 8, Time: 1, Threads: 1}

const goodPassword = "violet tractor hums at 4"

var start = time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a service over a real store, with a clock, cheap hashes that are
// counted, and a store that can be made to fail.
type fixture struct {
	*Service
	clock  *clock
	hashes *atomic.Int32
	store  *flawed
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	c := &clock{now: start}
	fs := &flawed{Store: openStore(t)}
	f := fixture{
		Service: &Service{Store: fs, BaseURL: "https://hub.test/", Key: bytes.Repeat([]byte("k"), MinSecret), Params: cheap, Now: c.read},
		clock:   c, hashes: new(atomic.Int32), store: fs,
	}
	f.Service.hashes.derive = func(password, salt []byte, p Params, n uint32) []byte {
		f.hashes.Add(1)
		return argon(password, salt, p, n)
	}
	return f
}

// openStore opens an empty store in a folder of the test.
func openStore(t testing.TB) store.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), Collections())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// flawed is a store whose calls fail when fail says so.
type flawed struct {
	store.Store
	fail atomic.Pointer[func(call, collection string) error]
}

// breaks makes calls of the name ("get", "list", "insert", "update",
// "delete") on the collection fail; nil mends them.
func (f *flawed) breaks(call, collection string, err error) {
	fail := func(c, col string) error {
		if c == call && col == collection {
			return err
		}
		return nil
	}
	f.fail.Store(&fail)
}

func (f *flawed) check(call, collection string) error {
	if fail := f.fail.Load(); fail != nil {
		return (*fail)(call, collection)
	}
	return nil
}

func (f *flawed) Get(ctx context.Context, c, id string) (store.Doc, error) {
	if err := f.check("get", c); err != nil {
		return store.Doc{}, err
	}
	return f.Store.Get(ctx, c, id)
}

func (f *flawed) List(ctx context.Context, c string, q store.Query) (store.Page, error) {
	if err := f.check("list", c); err != nil {
		return store.Page{}, err
	}
	return f.Store.List(ctx, c, q)
}

func (f *flawed) Insert(ctx context.Context, c string, d store.Doc) error {
	if err := f.check("insert", c); err != nil {
		return err
	}
	return f.Store.Insert(ctx, c, d)
}

func (f *flawed) Update(ctx context.Context, c string, d store.Doc) error {
	if err := f.check("update", c); err != nil {
		return err
	}
	return f.Store.Update(ctx, c, d)
}

func (f *flawed) Delete(ctx context.Context, c, id string, rev int64) error {
	if err := f.check("delete", c); err != nil {
		return err
	}
	return f.Store.Delete(ctx, c, id, rev)
}

// host is the n-th address of a network of documentation.
func host(n byte) From { return From{IP: netip.AddrFrom4([4]byte{192, 0, 2, n})} }

// mustCreate adds a person with goodPassword.
func (f fixture) mustCreate(t testing.TB, n NewPerson) Person {
	t.Helper()
	p, err := f.Create(t.Context(), n)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	if err := f.SetPassword(t.Context(), p.ID, goodPassword, ""); err != nil {
		t.Fatalf("SetPassword: %v", err)
	}
	return f.mustFind(t, n.Email)
}

func (f fixture) mustFind(t testing.TB, email string) Person {
	t.Helper()
	p, err := f.Find(t.Context(), email)
	if err != nil {
		t.Fatalf("Find: %v", err)
	}
	return p
}

func (f fixture) mustSignIn(t testing.TB, email string) (Session, string) {
	t.Helper()
	v, token, err := f.SignIn(t.Context(), email, goodPassword, host(1))
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	return v, token
}

// wantSession fails unless the token opens a session (want true) or is
// unknown (false).
func (f fixture) wantSession(t testing.TB, token string, want bool) hub.Viewer {
	t.Helper()
	v, _, err := f.Session(t.Context(), token)
	if want && err != nil {
		t.Fatalf("Session: %v, want a viewer", err)
	}
	if !want && (!errors.Is(err, hub.ErrNotFound) || v.SignedIn()) {
		t.Fatalf("Session: %v, %v, want the error not found", v, err)
	}
	return v
}

// wantInvalid fails unless err is hub.Invalid with field and reason; an empty
// field wants no error.
func wantInvalid(t testing.TB, err error, field, reason string) {
	t.Helper()
	if field == "" {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || invalid.Field != field || invalid.Reason != reason {
		t.Errorf("got %v, want %s: %s", err, field, reason)
	}
}

var moldovan = NewPerson{Email: "Ana.Rusu@gov.example", Name: "Ana Rusu", Role: hub.RoleMember, Mechanism: "MDA"}

func TestCreate(t *testing.T) {
	with := func(change func(*NewPerson)) NewPerson {
		n := moldovan
		change(&n)
		return n
	}
	cases := map[string]struct {
		in            NewPerson
		field, reason string
	}{
		"OK":                     {in: moldovan},
		"LowerMechanism":         {in: with(func(n *NewPerson) { n.Mechanism = "mda" })},
		"ModeratorWithout":       {in: with(func(n *NewPerson) { n.Role, n.Mechanism = hub.RoleModerator, "" })},
		"NoName":                 {in: with(func(n *NewPerson) { n.Name = "" })},
		"ErrEmailRequired":       {with(func(n *NewPerson) { n.Email = " " }), "email", hub.ReasonRequired},
		"ErrEmailFormat":         {with(func(n *NewPerson) { n.Email = "Ana <ana@gov.example>" }), "email", hub.ReasonFormat},
		"ErrNameTooLong":         {with(func(n *NewPerson) { n.Name = string(make([]rune, MaxName+1)) }), "name", hub.ReasonTooLong},
		"ErrNameLineBreak":       {with(func(n *NewPerson) { n.Name = "Ana\r\nBcc: x@y.example" }), "name", hub.ReasonFormat},
		"ErrRoleUnknown":         {with(func(n *NewPerson) { n.Role = "king" }), "role", hub.ReasonUnknown},
		"ErrRoleEmpty":           {with(func(n *NewPerson) { n.Role = "" }), "role", hub.ReasonUnknown},
		"ErrRoleAnonymous":       {with(func(n *NewPerson) { n.Role = hub.RoleAnonymous }), "role", hub.ReasonUnknown},
		"ErrMechanismRequired":   {with(func(n *NewPerson) { n.Mechanism = "" }), "mechanism", hub.ReasonRequired},
		"ErrMechanismNotOfRole":  {with(func(n *NewPerson) { n.Role = hub.RoleAdmin }), "mechanism", hub.ReasonFormat},
		"ErrMechanismNoState":    {with(func(n *NewPerson) { n.Mechanism = "Moldova" }), "state", hub.ReasonUnknown},
		"ErrStatusUnknown":       {with(func(n *NewPerson) { n.Status = "asleep" }), "status", hub.ReasonUnknown},
		"PendingIsKept":          {in: with(func(n *NewPerson) { n.Status = StatusPending })},
		"NameAndAddressAreTrims": {in: with(func(n *NewPerson) { n.Name, n.Email = " Ana Rusu ", " Ana.Rusu@gov.example\t" })},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			p, err := f.Create(t.Context(), c.in)
			wantInvalid(t, err, c.field, c.reason)
			if err != nil {
				return
			}
			if got := f.mustFind(t, "ANA.RUSU@gov.example"); !same(got, p) {
				t.Errorf("found %+v, want what Create returned, %+v", got, p)
			}
			if p.Email != "Ana.Rusu@gov.example" || p.Address != "ana.rusu@gov.example" || p.Password != "" || p.Epoch != 1 || !p.Created.Equal(start) {
				t.Errorf("got %q, %q, epoch %d, created %s", p.Email, p.Address, p.Epoch, p.Created)
			}
			wantStatus := c.in.Status
			if wantStatus == "" {
				wantStatus = StatusActive
			}
			if p.Status != wantStatus || p.Role.OfMechanism() != (p.Mechanism == "MDA") {
				t.Errorf("got %s of %q", p, p.Mechanism)
			}
		})
	}
}

func TestCreateTaken(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	again := moldovan
	again.Email = "ana.RUSU@GOV.example"
	_, err := f.Create(t.Context(), again)
	wantInvalid(t, err, "email", hub.ReasonTaken)
}

func TestFindErrors(t *testing.T) {
	f := newFixture(t)
	if _, err := f.Find(t.Context(), "nobody@gov.example"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("unknown: got %v, want not found", err)
	}
	_, err := f.Find(t.Context(), "no address")
	wantInvalid(t, err, "email", hub.ReasonFormat)
}

// Everything that changes a person answers alike for an unknown one.
func TestUnknownPerson(t *testing.T) {
	f := newFixture(t)
	calls := map[string]func() error{
		"SetPassword": func() error { return f.SetPassword(t.Context(), "nobody", goodPassword, "") },
		"EndSessions": func() error { return f.EndSessions(t.Context(), "nobody", "") },
		"SetStanding": func() error {
			_, err := f.SetStanding(t.Context(), "nobody", Standing{Role: hub.RoleAdmin})
			return err
		},
		"SetStatus":  func() error { _, err := f.SetStatus(t.Context(), "nobody", StatusActive); return err },
		"SignInLink": func() error { _, err := f.SignInLink(t.Context(), "nobody"); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s: got %v, want not found", name, err)
		}
	}
}

func TestSetRoleAndStatusRefuse(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, err := f.SetStanding(t.Context(), p.ID, Standing{Role: hub.RoleCoordinator})
	wantInvalid(t, err, "mechanism", hub.ReasonRequired)
	_, err = f.SetStatus(t.Context(), p.ID, "asleep")
	wantInvalid(t, err, "status", hub.ReasonUnknown)
	if got := f.mustFind(t, p.Email); !same(got, p) {
		t.Errorf("got %+v, want it unchanged", got)
	}
}

// Writers of one person at once each get through or are refused; no change is
// lost in silence.
func TestTurnRace(t *testing.T) {
	const writers = 8
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	var done atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			err := f.EndSessions(t.Context(), p.ID, "")
			switch {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, hub.ErrConflict):
				t.Errorf("EndSessions: %v", err)
			}
		})
	}
	wg.Wait()
	if got := f.mustFind(t, p.Email).Epoch; got != p.Epoch+done.Load() || done.Load() == 0 {
		t.Errorf("epoch %d, want %d after %d of %d writers", got, p.Epoch+done.Load(), done.Load(), writers)
	}
}

// A store that fails makes the act fail; the cause can be told from the error.
func TestStoreFailures(t *testing.T) {
	cases := map[string]struct {
		call, collection string
		act              func(f fixture, p Person, token, link string) error
	}{
		"CreateInsert": {"insert", persons, func(f fixture, _ Person, _, _ string) error {
			_, err := f.Create(context.Background(), NewPerson{Email: "new@gov.example", Role: hub.RoleStakeholder})
			return err
		}},
		"FindList": {"list", persons, func(f fixture, p Person, _, _ string) error {
			_, err := f.Find(context.Background(), p.Email)
			return err
		}},
		"SignInList":  {"list", persons, signInAct},
		"SignInNote":  {"update", persons, signInAct},
		"SignInOpen":  {"insert", sessions, signInAct},
		"SessionGet":  {"get", sessions, sessionAct},
		"SessionRead": {"get", persons, sessionAct},
		"SignOut":     {"delete", sessions, func(f fixture, _ Person, token, _ string) error { return f.SignOut(context.Background(), token) }},
		"SignInReplacing": {"get", sessions, func(f fixture, p Person, token, _ string) error {
			_, _, err := f.SignIn(context.Background(), p.Email, goodPassword, From{Replaces: Secret(token)})
			return err
		}},
		"EndUpdate": {"update", persons, func(f fixture, p Person, _, _ string) error { return f.EndSessions(context.Background(), p.ID, "") }},
		"EndKeep":   {"get", sessions, func(f fixture, p Person, _, _ string) error { return f.EndSessions(context.Background(), p.ID, "x") }},
		"Link": {"insert", tokens, func(f fixture, p Person, _, _ string) error {
			_, err := f.SignInLink(context.Background(), p.ID)
			return err
		}},
		"Holder": {"get", tokens, func(f fixture, _ Person, _, link string) error {
			_, _, err := f.LinkHolder(context.Background(), link)
			return err
		}},
		"HolderOf": {"get", persons, func(f fixture, _ Person, _, link string) error {
			_, _, err := f.LinkHolder(context.Background(), link)
			return err
		}},
		"Claim":     {"insert", tokens, redeemAct},
		"Redeem":    {"update", persons, redeemAct},
		"SweepList": {"list", sessions, sweepAct},
		"SweepDel":  {"delete", tokens, sweepAct},
		"Demo": {"insert", persons, func(f fixture, _ Person, _, _ string) error {
			_, err := f.Demo(context.Background(), goodPassword)
			return err
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.AllowDemo = true
			p := f.mustCreate(t, moldovan)
			_, token := f.mustSignIn(t, p.Email)
			link := f.mustLink(t, p.ID)
			f.store.breaks(c.call, c.collection, hub.ErrUnavailable)
			if err := c.act(f, p, token, link); !errors.Is(err, hub.ErrUnavailable) {
				t.Errorf("got %v, want not available", err)
			}
		})
	}
}

func signInAct(f fixture, p Person, _, _ string) error {
	_, _, err := f.SignIn(context.Background(), p.Email, goodPassword, From{})
	return err
}

func sessionAct(f fixture, _ Person, token, _ string) error {
	_, _, err := f.Session(context.Background(), token)
	return err
}

func redeemAct(f fixture, _ Person, _, link string) error {
	_, _, err := f.RedeemLink(context.Background(), link, "", From{})
	return err
}

func sweepAct(f fixture, _ Person, _, _ string) error {
	f.clock.advance(30 * 24 * time.Hour)
	_, err := f.Sweep(context.Background())
	return err
}

// The zero fields of a service are those of the running program.
func TestServiceDefaults(t *testing.T) {
	s := &Service{Store: openStore(t)}
	p, err := s.Create(t.Context(), moldovan)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.ID) != 26 || time.Since(p.Created) > time.Minute || p.Created.Location() != time.UTC {
		t.Errorf("got id %q, created %s", p.ID, p.Created)
	}
	if s.params() != DefaultParams {
		t.Errorf("got %v, want %v", s.params(), DefaultParams)
	}
	s.NewID = func() string { return "fixed" }
	if p, err = s.Create(t.Context(), NewPerson{Email: "b@gov.example", Role: hub.RoleAdmin}); err != nil || p.ID != "fixed" {
		t.Errorf("got %q, %v, want the id of NewID", p.ID, err)
	}
}

// same says whether two accounts are the same in everything.
func same(a, b Person) bool { return reflect.DeepEqual(a, b) }
