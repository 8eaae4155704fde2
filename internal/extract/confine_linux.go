//go:build !race

package extract

import "golang.org/x/sys/unix"

// maxData is how much memory the worker's process can have, in bytes, however
// it asks for it. Go takes address space in large steps, hence more than is
// ever used; what is used is watched from outside.
const maxData = 1 << 30

// confine takes from the process what a worker does not need: more memory, a
// core file that would hold somebody's document, further files that it opens,
// and rights that another program could give it.
func confine() error {
	for _, l := range []struct {
		resource int
		limit    uint64
	}{{unix.RLIMIT_DATA, maxData}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_NOFILE, 32}} {
		if err := lower(l.resource, l.limit); err != nil {
			return err
		}
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// lower lowers a limit; one that is lower already stays.
func lower(resource int, limit uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return err
	}
	limit = min(limit, now.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit})
}
