//go:build unix

package extract

import "golang.org/x/sys/unix"

// reserve is fresh memory, nil when the system has none.
func reserve(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return b
}

// release gives memory back. What cannot be given back is lost until the
// process ends, which harms nothing.
func release(b []byte) {
	if b != nil {
		_ = unix.Munmap(b)
	}
}
