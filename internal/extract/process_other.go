//go:build !linux

package extract

import "syscall"

// attributes: none. The worker ends when its pipe does.
func attributes() *syscall.SysProcAttr { return nil }
