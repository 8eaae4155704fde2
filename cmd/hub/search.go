package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/search/bleve"
	"nmirfhub/internal/store"
	"nmirfhub/seed"
)

// searching is the search put together.
type searching struct {
	finder *finder.Service
	keeper *finder.Keeper
	index  *bleve.Index
	missed *finder.MissedCounter
}

// firstLook is how long a start waits for the index to be in step with the
// records. What is left then is taken in while the hub serves.
const firstLook = 3 * time.Second

// openSearch opens the search index of x.
func (p *program) openSearch(ctx context.Context, x *parts, log *slog.Logger) (*searching, error) {
	concepts, shape, err := finder.ReadConcepts(seed.Files, x.vocabulary)
	if err != nil {
		return nil, err
	}
	index, err := bleve.Open(ctx, filepath.Join(p.settings.data, "search"), shape, concepts)
	if err != nil {
		return nil, fmt.Errorf("open the search index: %w", err)
	}
	missed := &finder.MissedCounter{
		Door: x.door, Store: store.Only(x.store, names(finder.Collections())...),
		Now: func() time.Time { return time.Now().UTC() }, Report: func(err error) { log.Error("questions without an answer", "error", err) },
	}
	f := &finder.Service{Records: x.records, Index: index, Concepts: concepts, Vocabulary: x.vocabulary, Missed: missed.Add}
	k := &finder.Keeper{Finder: f, Index: index, Report: func(err error) { log.Error("search index", "error", err) }}
	x.records.Changed = k.Changed
	return &searching{finder: f, keeper: k, index: index, missed: missed}, nil
}

// follow brings the index in step with the records and keeps it so until ctx
// ends.
func (s *searching) follow(ctx context.Context, log *slog.Logger) {
	first, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	if err := s.keeper.CatchUp(first); err != nil && ctx.Err() == nil {
		log.Warn("the search index is brought up to date while serving", "error", err)
	}
	go s.keeper.Run(ctx)
}
