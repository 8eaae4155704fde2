// Package disk keeps files in a folder.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nmirfhub/internal/blob"
	"nmirfhub/internal/hub"
)

// Store is a blob.Store in a folder.
type Store struct{ dir string }

var _ blob.Store = (*Store)(nil)

// Open makes the folder where it is missing, and removes what a crash left
// half written.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	half, err := filepath.Glob(filepath.Join(dir, "*", "half-*"))
	if err != nil {
		return nil, err
	}
	for _, name := range half {
		os.Remove(name)
	}
	return &Store{dir}, nil
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_."

// path is where a key is kept: a folder for the first two letters, so that none
// grows too full.
func (s *Store) path(key string) (string, error) {
	if key == "" || len(key) > 100 || strings.Trim(key, letters) != "" || strings.HasPrefix(key, ".") {
		return "", &hub.Invalid{Field: "key", Reason: hub.ReasonFormat}
	}
	return filepath.Join(s.dir, "f"+key[:min(2, len(key))], "k-"+key), nil
}

// Put is blob.Store's.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, most int64) (n int64, err error) {
	path, err := s.path(key)
	if err != nil {
		return 0, err
	}
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("keep file %s: %w", key, hub.ErrConflict)
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, fmt.Errorf("keep file %s: %w", key, err)
	}
	half, err := os.CreateTemp(folder, "half-*")
	if err != nil {
		return 0, fmt.Errorf("keep file %s: %w", key, err)
	}
	defer func() {
		if err != nil {
			half.Close()
			os.Remove(half.Name())
		}
	}()
	if n, err = io.Copy(half, io.LimitReader(reading{ctx, r}, most+1)); err != nil {
		return 0, fmt.Errorf("keep file %s: %w", key, err)
	}
	if n > most {
		return 0, &hub.Invalid{Field: "file", Reason: hub.ReasonTooLong, Limit: int(most)}
	}
	return n, s.settle(half, folder, path)
}

// settle makes a written file durable under its name; of two that are written
// under one name at once the first stays.
func (s *Store) settle(half *os.File, folder, path string) error {
	err := errors.Join(half.Sync(), half.Close())
	if err != nil {
		return err
	}
	if err := os.Link(half.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return hub.ErrConflict
		}
		return err
	}
	os.Remove(half.Name())
	for _, dir := range []string{folder, s.dir} {
		if err := syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// reading stops when its context ends.
type reading struct {
	ctx context.Context
	io.Reader
}

func (r reading) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// Open is blob.Store's.
func (s *Store) Open(_ context.Context, key string) (io.ReadSeekCloser, int64, error) {
	path, err := s.path(key)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("file %s: %w", key, hub.ErrNotFound)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("file %s: %w", key, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// Delete is blob.Store's.
func (s *Store) Delete(_ context.Context, key string) error {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove file %s: %w", key, err)
	}
	return nil
}
