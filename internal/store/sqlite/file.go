package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"nmirfhub/internal/hub"
)

// mode is that of the file: what is in it is for the hub alone.
const mode = 0o600

// address is the data source name of the file.
//
// journal_mode WAL lets reads go on beside a write; synchronous FULL makes a
// commit wait for the disk, with fullfsync on systems where fsync alone does
// not. The wait for a lock only ever meets a backup that another program
// makes: in the process itself one session writes.
func address(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...: an URI has its path from the root
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": {
		"busy_timeout(4000)",
		"journal_mode(wal)",
		"synchronous(full)",
		"fullfsync(1)",
		"checkpoint_fullfsync(1)",
		"temp_store(memory)",
		"cache_size(-8000)", // KiB for each session
		"trusted_schema(0)",
	}}.Encode()}
	return u.String()
}

// makeFile makes the file before the engine does, so that it is never readable
// for others, not even at first; the engine gives its side files the same mode.
// The folder is synced, so that the file itself outlives a power cut.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return refused(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return refused(err)
	}
	if st.Mode().Perm()&^mode != 0 {
		if err := f.Chmod(mode); err != nil {
			return refused(err)
		}
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return refused(err)
	}
	defer d.Close()
	d.Sync() // some systems have no sync of folders and need none
	return nil
}

// acquireLock takes the lock that keeps other processes away, until the file
// is closed. The lock is the system's, so that it falls with the process
// however that ends; what stands in the file is only for whoever looks.
func acquireLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return nil, refused(err)
	}
	if err := lockFile(f); err != nil {
		holder, _ := os.ReadFile(path)
		f.Close()
		return nil, fmt.Errorf("process %s uses this data directory, and it is for one at a time: stop that one, or give this one a data directory of its own: %w (%w)",
			strings.TrimSpace(string(holder)), hub.ErrUnavailable, err)
	}
	if err := writeHolder(f); err != nil {
		f.Close()
		return nil, refused(err)
	}
	return f, nil
}

func writeHolder(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

// refused says what to do when the system does not give a file.
func refused(err error) error {
	mend := "see that the data directory is whole"
	switch {
	case errors.Is(err, fs.ErrPermission):
		mend = "let the user that runs the hub own the data directory and write in it"
	case errors.Is(err, fs.ErrNotExist):
		mend = "make the data directory first"
	case isFull(err):
		mend = mendFull
	case isReadOnly(err):
		mend = mendReadOnly
	}
	return fmt.Errorf("%w: %w: %s", hub.ErrUnavailable, err, mend)
}
