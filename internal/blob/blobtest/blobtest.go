// Package blobtest is the contract of a store of files as a suite of tests.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"nmirfhub/internal/blob"
	"nmirfhub/internal/hub"
)

// Run runs the suite on stores that open makes, each empty.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	t.Run("KeepsWhole", func(t *testing.T) {
		s := open(t)
		content := bytes.Repeat([]byte("abc\x00"), 100_000)
		if n, err := s.Put(t.Context(), "key-1.text", bytes.NewReader(content), 1<<20); err != nil || n != int64(len(content)) {
			t.Fatalf("put: %d, %v", n, err)
		}
		f, n, err := s.Open(t.Context(), "key-1.text")
		if err != nil || n != int64(len(content)) {
			t.Fatalf("open: %d, %v", n, err)
		}
		defer f.Close()
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		if _, err := f.Seek(1, io.SeekStart); err != nil {
			t.Error(err)
		}
	})
	t.Run("WrittenOnce", func(t *testing.T) {
		s := open(t)
		var kept atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := s.Put(t.Context(), "same", strings.NewReader("x"), 10)
				if err == nil {
					kept.Add(1)
				} else if !errors.Is(err, hub.ErrConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if kept.Load() != 1 {
			t.Errorf("%d were kept", kept.Load())
		}
	})
	t.Run("NothingHalf", func(t *testing.T) {
		s := open(t)
		var invalid *hub.Invalid
		if _, err := s.Put(t.Context(), "large", strings.NewReader("12345"), 4); !errors.As(err, &invalid) || invalid.Field != "file" {
			t.Errorf("too large: %v", err)
		}
		broken := io.MultiReader(strings.NewReader("half"), failing{})
		if _, err := s.Put(t.Context(), "broken", broken, 100); !errors.Is(err, errBroken) {
			t.Errorf("broken: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Put(ctx, "cancelled", strings.NewReader("x"), 100); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		for _, key := range []string{"large", "broken", "cancelled"} {
			if _, _, err := s.Open(t.Context(), key); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s: %v", key, err)
			}
		}
	})
	t.Run("Keys", func(t *testing.T) {
		s := open(t)
		for _, key := range []string{"", "../up", "a/b", "A", ".hidden", "ü", "a\x00", strings.Repeat("k", 101)} {
			var invalid *hub.Invalid
			if _, err := s.Put(t.Context(), key, strings.NewReader("x"), 10); !errors.As(err, &invalid) {
				t.Errorf("put %q: %v", key, err)
			}
			if _, _, err := s.Open(t.Context(), key); err == nil {
				t.Errorf("open %q", key)
			}
		}
	})
	t.Run("Delete", func(t *testing.T) {
		s := open(t)
		if _, err := s.Put(t.Context(), "k", strings.NewReader("x"), 10); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Delete(t.Context(), "k"); err != nil {
				t.Error(err)
			}
		}
		if _, _, err := s.Open(t.Context(), "k"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("after delete: %v", err)
		}
	})
}

var errBroken = errors.New("the line broke")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }
