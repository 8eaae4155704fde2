package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"nmirfhub/internal/blob"
	"nmirfhub/internal/blob/blobtest"
	"nmirfhub/internal/blob/disk"
)

func TestContract(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store {
		s, err := disk.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// TestHalfWritten: what a crash left is removed at the next start.
func TestHalfWritten(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, "fab", "half-123")
	if err := os.MkdirAll(filepath.Dir(half), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(half, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}
