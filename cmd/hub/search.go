package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/bleve"
	"nmirfhub/internal/search/meili"
	"nmirfhub/internal/store"
	"nmirfhub/seed"
)

// searching is the search put together.
type searching struct {
	finder  *finder.Service
	keepers []*finder.Keeper // of each index: the embedded one, then Meilisearch
	missed  *finder.MissedCounter
}

// firstLook is how long a start waits for the index to be in step with the
// records. What is left then is taken in while the hub serves.
const firstLook = 3 * time.Second

// openSearch opens the search indexes of x. The embedded one is always there,
// and answers alone where no Meilisearch is set.
func (p *program) openSearch(ctx context.Context, x *parts, log *slog.Logger) (*searching, error) {
	concepts, shape, err := finder.ReadConcepts(seed.Files, x.vocabulary)
	if err != nil {
		return nil, err
	}
	embedded, err := bleve.Open(ctx, filepath.Join(p.settings.data, "search"), shape, concepts)
	if err != nil {
		return nil, fmt.Errorf("open the search index: %w", err)
	}
	missed := &finder.MissedCounter{
		Door: x.door, Store: store.Only(x.store, names(finder.Collections())...),
		Now: func() time.Time { return time.Now().UTC() }, Report: func(err error) { log.Error("questions without an answer", "error", err) },
	}
	s := &searching{missed: missed}
	s.finder = &finder.Service{Records: x.records, Talk: x.talk, Shelf: x.shelf, Index: embedded, Concepts: concepts, Vocabulary: x.vocabulary, Missed: missed.Add}
	s.keep(embedded, "embedded", log)
	if p.settings.meiliURL != "" {
		server, err := meili.Open(ctx, meili.Config{URL: p.settings.meiliURL, Key: p.settings.meiliKey, Prefix: "hub", Shape: shape}, concepts)
		if err != nil {
			log.Warn("Meilisearch is away: the embedded index answers", "error", err)
		}
		s.keep(server, "meilisearch", log)
		s.finder.Index = &search.Failover{
			Main: server, Spare: embedded, Now: time.Now,
			Report: func(err error) { log.Warn("Meilisearch is away: the embedded index answers", "error", err) },
		}
	}
	x.records.Changed = s.changed
	x.shelf.Changed = func(id string) { s.changed(finder.CollectionID(id)) }
	if p.settings.mongoURI != "" && p.settings.natsURL == "" { // other instances tell nothing of the talk
		for _, k := range s.keepers {
			k.Every = finder.CompareAgain
		}
	}
	return s, nil
}

// foundTopic begins the topic of a hint that a stretch of a talk has changed,
// for the search indexes of all instances.
const foundTopic = "found:"

// listen has every write of the talk told to the indexes of all instances.
func (s *searching) listen(x *parts, hints bus.Bus) {
	hints.Listen(func(h bus.Hint) {
		if id, is := strings.CutPrefix(h.Topic, foundTopic); is {
			s.changed(id)
		} else if h.Topic == "" {
			for _, k := range s.keepers {
				k.Lost()
			}
		}
	})
	x.written = func(collection, id string) {
		if stretch := discuss.Stretched(collection, id); stretch != "" {
			hints.Publish(bus.Hint{Topic: foundTopic + stretch, Edit: true})
		}
	}
}

func (s *searching) keep(index search.Index, name string, log *slog.Logger) {
	s.keepers = append(s.keepers, &finder.Keeper{
		Finder: s.finder, Index: index, Report: func(err error) {
			log.Log(context.Background(), gravity(err), "search index", "index", name, "error", err)
		},
	})
}

// gravity tells an index that is away for a while from one that is broken.
func gravity(err error) slog.Level {
	if errors.Is(err, hub.ErrUnavailable) {
		return slog.LevelWarn
	}
	return slog.LevelError
}

func (s *searching) changed(id string) {
	for _, k := range s.keepers {
		k.Changed(id)
	}
}

func (s *searching) close() {
	for _, k := range s.keepers {
		k.Index.Close()
	}
}

// follow brings the indexes in step with the records and keeps them so until
// ctx ends.
func (s *searching) follow(ctx context.Context, log *slog.Logger) {
	first, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	var all sync.WaitGroup
	for _, k := range s.keepers {
		all.Go(func() {
			if err := k.CatchUp(first); err != nil && ctx.Err() == nil {
				log.Warn("a search index is brought up to date while serving", "error", err)
			}
			go k.Run(ctx)
		})
	}
	all.Wait()
}
