package extract

import (
	"math"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes: the worker ends with this process, however that ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// keepFiles keeps the files that are open here from the worker. Go does so for
// those that it opens; others can come from whoever started this program. A
// system before Linux 5.11 cannot, and does without.
func keepFiles() {
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
}
