package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // the program runs where there are no zone files

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// SetProfile gives a person another name and language of mails. hub.Invalid
// with the field "name" or "lang"; sessions go on.
func (s *Service) SetProfile(ctx context.Context, personID, name string, l hub.Lang, others []hub.Lang) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	if name == "" {
		return &hub.Invalid{Field: "name", Reason: hub.ReasonRequired}
	}
	if _, err := hub.ParseLang(string(l)); err != nil {
		return err
	}
	if err := checkLangs(others); err != nil {
		return err
	}
	return s.set(ctx, personID, func(p *Person) { p.Name, p.Lang, p.Langs = name, l, others })
}

// checkLangs accepts languages that a person reads.
func checkLangs(all []hub.Lang) error {
	if len(all) > len(hub.Langs) {
		return &hub.Invalid{Field: "langs", Reason: hub.ReasonRange, Limit: len(hub.Langs)}
	}
	for _, l := range all {
		if _, err := hub.ParseLang(string(l)); err != nil {
			return &hub.Invalid{Field: "langs", Reason: hub.ReasonUnknown, Value: string(l)}
		}
	}
	return nil
}

// set changes what is a person's own to choose. Sessions go on.
func (s *Service) set(ctx context.Context, personID string, how func(*Person)) error {
	for range maxTries {
		p, err := s.person(ctx, personID)
		if err != nil {
			return err
		}
		how(&p)
		p.Updated = s.now()
		if err = s.Store.Update(ctx, persons, p.doc()); !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("change an account: %w", hub.ErrConflict)
}

// SetNews says when a person wants to hear of news, in which time zone they
// live, where empty is UTC, and which hours are quiet there. hub.Invalid with
// the field "news", "zone" or "from".
func (s *Service) SetNews(ctx context.Context, personID string, way News, zone string, quiet Quiet) error {
	if !slices.Contains(NewsWays, way) {
		return &hub.Invalid{Field: "news", Reason: hub.ReasonUnknown, Value: string(way)}
	}
	if zone != "" && !slices.Contains(Zones, zone) {
		return &hub.Invalid{Field: "zone", Reason: hub.ReasonUnknown, Value: zone}
	}
	if min(quiet.From, quiet.To) < 0 || max(quiet.From, quiet.To) > 23 {
		return &hub.Invalid{Field: "from", Reason: hub.ReasonUnknown}
	}
	return s.set(ctx, personID, func(p *Person) { p.News, p.Zone, p.Quiet = way, zone, &quiet })
}

// SetUnseen says whether others see that a person has a page open, and they
// others. It holds for pages that are open already.
func (s *Service) SetUnseen(ctx context.Context, personID string, unseen bool) error {
	if err := s.set(ctx, personID, func(p *Person) { p.Unseen = unseen }); err != nil {
		return err
	}
	s.changed(personID)
	return nil
}

// NoMails ends the mails about news to a person.
func (s *Service) NoMails(ctx context.Context, personID string) error {
	return s.set(ctx, personID, func(p *Person) {
		if p.News != NewsNothing {
			p.News = NewsNever
		}
	})
}

// Hours are the quiet hours of a person.
func (p Person) Hours() Quiet {
	if p.Quiet == nil {
		return Night
	}
	return *p.Quiet
}

// Where is the time zone of a person; UTC when they have not said.
func (p Person) Where() *time.Location {
	if l, err := time.LoadLocation(p.Zone); err == nil {
		return l
	}
	return time.UTC
}

// Zones are time zones to choose from, by IANA name: each offset and each rule
// of summer time that is in use, by its best known city.
var Zones = []string{
	"Africa/Abidjan", "Africa/Algiers", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Khartoum", "Africa/Lagos", "Africa/Nairobi", "Africa/Tripoli", "Africa/Tunis", "Africa/Windhoek",
	"America/Anchorage", "America/Argentina/Buenos_Aires", "America/Asuncion", "America/Bogota", "America/Caracas", "America/Chicago", "America/Costa_Rica", "America/Denver", "America/Guatemala", "America/Guayaquil", "America/Halifax", "America/Havana", "America/Jamaica", "America/La_Paz", "America/Lima", "America/Los_Angeles", "America/Mexico_City", "America/Montevideo", "America/New_York", "America/Panama", "America/Paramaribo", "America/Port-au-Prince", "America/Santiago", "America/Santo_Domingo", "America/Sao_Paulo", "America/St_Johns", "America/Tegucigalpa",
	"Asia/Almaty", "Asia/Amman", "Asia/Baghdad", "Asia/Baku", "Asia/Bangkok", "Asia/Beirut", "Asia/Colombo", "Asia/Dhaka", "Asia/Dubai", "Asia/Gaza", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Kabul", "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Manila", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tashkent", "Asia/Tbilisi", "Asia/Tehran", "Asia/Thimphu", "Asia/Tokyo", "Asia/Ulaanbaatar", "Asia/Vladivostok", "Asia/Yangon", "Asia/Yerevan",
	"Atlantic/Azores", "Atlantic/Cape_Verde", "Atlantic/Reykjavik", "Australia/Adelaide", "Australia/Brisbane", "Australia/Darwin", "Australia/Perth", "Australia/Sydney",
	"Europe/Athens", "Europe/Berlin", "Europe/Bucharest", "Europe/Chisinau", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Minsk", "Europe/Moscow", "Europe/Paris", "Europe/Rome", "Europe/Warsaw", "Europe/Zurich",
	"Indian/Maldives", "Indian/Mauritius", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chuuk", "Pacific/Fiji", "Pacific/Guadalcanal", "Pacific/Honolulu", "Pacific/Kiritimati", "Pacific/Majuro", "Pacific/Port_Moresby", "Pacific/Tarawa", "Pacific/Tongatapu", "UTC",
}

// Erase removes an account with its sign-ins. To erase one that is not there
// is no error. The account itself goes first, in one write: without it neither
// a session nor a token opens anything, so that a failure leaves an account
// that is whole or none, and never one that its person cannot get into.
func (s *Service) Erase(ctx context.Context, personID string) error {
	if err := s.removePerson(ctx, personID); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	for _, c := range []string{sessions, apiTokens} {
		if err := s.removeOf(ctx, c, personID); err != nil {
			return fmt.Errorf("erase %s: %w", c, err)
		}
	}
	return nil
}

func (s *Service) removePerson(ctx context.Context, id string) error {
	for range maxTries {
		p, err := s.person(ctx, id)
		if err == nil {
			err = s.Store.Delete(ctx, persons, p.ID, p.Rev)
		}
		if errors.Is(err, hub.ErrNotFound) {
			return nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return hub.ErrConflict
}

// removeOf removes the documents of a person from a collection.
func (s *Service) removeOf(ctx context.Context, collection, personID string) error {
	for range maxTries {
		page, err := s.Store.List(ctx, collection, store.Query{Index: "person", Equal: [][]store.Value{{personID}}, Limit: store.MaxLimit})
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		for _, d := range page.Docs {
			err := s.Store.Delete(ctx, collection, d.ID, d.Rev)
			if err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
				return err
			}
		}
	}
	return hub.ErrConflict
}
