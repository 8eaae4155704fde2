package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Limits of a container, which is a zip file: checked by its directory before
// anything is unpacked, and again while reading, because a directory can lie.
const (
	maxEntries  = 2000
	maxUnpacked = 200 << 20
	// maxRatio is how many times its packed size an entry above ratioFrom
	// bytes may have.
	maxRatio  = 100
	ratioFrom = 1 << 20
)

// magicEntry begins each entry of a container's directory.
var magicEntry = []byte("PK\x01\x02")

// container is an Office or OpenDocument file, opened.
type container struct {
	entries map[string]*zip.File // by entryName
	left    int64                // how many bytes may still be unpacked
}

// openContainer opens a container that keeps to the limits.
func openContainer(data []byte) (*container, error) {
	// The directory is counted before it is read. Entries of a file inside the
	// file count too, hence the factor.
	if bytes.Count(data, magicEntry) > 2*maxEntries {
		return nil, fmt.Errorf("%w: more than %d entries", ErrTooLarge, maxEntries)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: open container: %w", ErrDamaged, err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%w: %d entries", ErrTooLarge, len(z.File))
	}
	c := &container{entries: make(map[string]*zip.File, len(z.File)), left: maxUnpacked}
	var unpacked uint64
	for _, f := range z.File {
		if err := c.admit(f, uint64(len(data))); err != nil {
			return nil, err
		}
		if unpacked += min(f.UncompressedSize64, math.MaxUint32); unpacked > maxUnpacked {
			return nil, fmt.Errorf("%w: more than %d bytes unpacked", ErrTooLarge, int64(maxUnpacked))
		}
	}
	return c, nil
}

// admit takes an entry in when what the directory says of it is within limits.
func (c *container) admit(f *zip.File, size uint64) error {
	name := entryName(f.Name)
	switch {
	case strings.ContainsRune(name, 0), slices.Contains(strings.Split(name, "/"), ".."):
		return fmt.Errorf("%w: entry named %.64q", ErrDamaged, f.Name)
	case c.entries[name] != nil:
		return fmt.Errorf("%w: two entries named %.64q", ErrDamaged, f.Name)
	case f.Flags&1 != 0:
		return ErrEncrypted
	case f.CompressedSize64 > size:
		return fmt.Errorf("%w: entry %.64q says it is larger than the file", ErrDamaged, f.Name)
	case f.UncompressedSize64 > ratioFrom && f.UncompressedSize64 > maxRatio*f.CompressedSize64:
		return fmt.Errorf("%w: entry %.64q unpacks to more than %d times its size", ErrTooLarge, f.Name, maxRatio)
	}
	c.entries[name] = f
	return nil
}

// entryName is the name under which an entry is found: in small letters, with
// slashes.
func entryName(name string) string {
	return strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, "\\", "/")), "/")
}

// has says whether the container has an entry.
func (c *container) has(name string) bool { return c.entries[entryName(name)] != nil }

// open opens an entry for reading, within what is left of the limit.
func (c *container) open(name string) (io.ReadCloser, error) {
	f := c.entries[entryName(name)]
	if f == nil {
		return nil, fmt.Errorf("%w: no entry %.64q", ErrDamaged, name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: open entry %.64q: %w", ErrDamaged, name, err)
	}
	return &unpacking{c: c, from: r, left: int64(f.UncompressedSize64)}, nil
}

// bytes reads an entry of at most limit bytes.
func (c *container) bytes(name string, limit int64) ([]byte, error) {
	r, err := c.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, damaged(name, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%w: entry %.64q", ErrTooLarge, name)
	}
	return b, nil
}

// unpacking counts what comes out of an entry.
type unpacking struct {
	c    *container
	from io.ReadCloser
	left int64 // of the size that the directory says
}

func (u *unpacking) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	u.left -= int64(n)
	u.c.left -= int64(n)
	switch {
	case u.c.left < 0:
		return 0, fmt.Errorf("%w: more than %d bytes unpacked", ErrTooLarge, int64(maxUnpacked))
	case u.left < 0:
		return 0, fmt.Errorf("%w: an entry is larger than the directory says", ErrDamaged)
	}
	return n, err
}

func (u *unpacking) Close() error { return u.from.Close() }

// damaged makes err, of reading an entry, one of the errors of this package.
func damaged(name string, err error) error {
	if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrEncrypted) {
		return err
	}
	return fmt.Errorf("%w: read entry %.64q: %w", ErrDamaged, name, err)
}
