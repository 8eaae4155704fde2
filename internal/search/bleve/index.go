// Package bleve is the search index that the hub brings with it: files in a
// folder of its own, made again whenever they are damaged or of another shape.
package bleve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// Index is a search.Index in a folder.
type Index struct {
	dir      string
	concepts *search.Concepts
	shape    string

	mu     sync.RWMutex // held for reading while the generation is in use
	now    *generation
	beside *generation // being made; takes every change too
	closed bool

	rebuilding sync.Mutex
}

var _ search.Index = (*Index)(nil)

// current is the file that names the generation in use.
const current = "current.json"

type pointer struct {
	Shape  string `json:"shape"`  // what entries are made by: of another shape, the index is made again
	Folder string `json:"folder"` // of the generation
}

// Open opens the index in a folder. An index that is missing, damaged or of
// another shape is begun anew and empty: Revs says what it lacks. shape names
// what entries are made from beside the records, such as the concept table.
func Open(ctx context.Context, dir, shape string, concepts *search.Concepts) (*Index, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the search index: %w", err)
	}
	x := &Index{dir: dir, concepts: concepts, shape: mappingVersion + "." + shape}
	if p, err := x.pointer(); err == nil && p.Shape == x.shape {
		if x.now, err = openGeneration(ctx, filepath.Join(dir, p.Folder)); err == nil {
			x.removeOthers()
			return x, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	var err error
	if x.now, err = x.begin(ctx); err != nil {
		return nil, err
	}
	return x, x.point(x.now)
}

func (x *Index) pointer() (pointer, error) {
	var p pointer
	raw, err := os.ReadFile(filepath.Join(x.dir, current))
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, err
	}
	if p.Folder == "" || p.Folder != filepath.Base(p.Folder) {
		return p, fmt.Errorf("%s names no folder", current)
	}
	return p, nil
}

// begin makes an empty generation.
func (x *Index) begin(ctx context.Context) (*generation, error) {
	dir, err := os.MkdirTemp(x.dir, "made-"+time.Now().UTC().Format("20060102-150405-"))
	if err != nil {
		return nil, fmt.Errorf("begin a search index: %w", err)
	}
	g, err := openGeneration(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("begin a search index: %w", err)
	}
	return g, nil
}

// point makes a generation the one that is opened from now on, and removes the
// files of every other.
func (x *Index) point(g *generation) error {
	raw, err := json.Marshal(pointer{x.shape, filepath.Base(g.dir)})
	if err != nil {
		return err
	}
	tmp := filepath.Join(x.dir, current+".new")
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return fmt.Errorf("name the search index in use: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(x.dir, current)); err != nil {
		return fmt.Errorf("name the search index in use: %w", err)
	}
	x.removeOthers()
	return nil
}

// removeOthers removes generations that are not in use. What cannot be removed
// now is removed the next time.
func (x *Index) removeOthers() {
	all, _ := os.ReadDir(x.dir)
	for _, e := range all {
		if e.IsDir() && strings.HasPrefix(e.Name(), "made-") && e.Name() != filepath.Base(x.now.dir) {
			os.RemoveAll(filepath.Join(x.dir, e.Name()))
		}
	}
}

// Put is search.Index's.
func (x *Index) Put(_ context.Context, docs []search.Doc) error {
	return x.change(func(g *generation) error { return g.put(docs, x.concepts) })
}

// Drop is search.Index's.
func (x *Index) Drop(_ context.Context, revs map[string]int64) error {
	return x.change(func(g *generation) error { return g.drop(revs) })
}

// change is carried out in the generation in use, and in the one being made.
func (x *Index) change(act func(*generation) error) error {
	return x.use(func(g *generation) error {
		if x.beside != nil {
			if err := act(x.beside); err != nil {
				return err
			}
		}
		return act(g)
	})
}

// use lends the generation in use.
func (x *Index) use(act func(*generation) error) (err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return fmt.Errorf("search index: %w", hub.ErrUnavailable)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("search index: %v: %w", p, hub.ErrUnavailable)
		}
	}()
	return act(x.now)
}

// Revs is search.Index's.
func (x *Index) Revs(context.Context) (all map[string]int64, err error) {
	err = x.use(func(g *generation) error {
		all = g.revs()
		return nil
	})
	return all, err
}

// Rebuild is search.Index's.
func (x *Index) Rebuild(ctx context.Context, fill func(put func([]search.Doc) error) error) error {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	made, err := x.begin(ctx)
	if err != nil {
		return err
	}
	x.build(made)
	err = fill(func(docs []search.Doc) error { return made.put(docs, x.concepts) })
	if err != nil {
		x.build(nil)
		return errors.Join(err, made.close(), os.RemoveAll(made.dir))
	}
	return x.swap(made)
}

func (x *Index) build(g *generation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.beside = g
}

// swap puts a generation in use, once every search in the old one has ended.
func (x *Index) swap(made *generation) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return errors.Join(hub.ErrUnavailable, made.close())
	}
	old := x.now
	x.now, x.beside = made, nil
	return errors.Join(old.close(), x.point(made))
}

// Close is search.Index's.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	return x.now.close()
}
