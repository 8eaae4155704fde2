//go:build !linux

package extract

import "syscall"

// attributes: none. The worker ends when its pipe does.
func attributes() *syscall.SysProcAttr { return nil }

// keepFiles does nothing: Go keeps the files that it opens from the worker.
func keepFiles() {}
