package extract

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// workerFlag, as the first argument, makes this program the worker of a test;
// the second says which one.
const workerFlag = "extract-test-worker"

// cacheDir is where the tests' workers keep machine code: compiling it is by
// far the longest part of starting one.
func cacheDir() string { return filepath.Join(os.TempDir(), "x") }

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == workerFlag {
		if err := worker(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func worker(which, cache string) error {
	return Work(context.Background(), os.Stdin, os.Stdout, cache)
}

func TestMeasure(t *testing.T) {
	p := &Pool{Command: []string{os.Args[0], workerFlag, "real"}, CacheDir: os.Getenv("XCACHE")}
	defer p.Close()
	b := time.Now()
	_, err := p.Extract(t.Context(), "x.txt", os.Stdin, 0)
	t.Log("start", time.Since(b), err, statusOf(p.worker.cmd.Process.Pid, "VmHWM:")>>20, resident(p.worker.cmd.Process.Pid)>>20)
	files, _ := filepath.Glob("/work/shared/data/pdf/*.pdf")
	for _, f := range files {
		b := time.Now()
		st, _ := os.Stat(f)
		r, _ := os.Open(f)
		x, err := p.Extract(t.Context(), filepath.Base(f), r, st.Size())
		n := 0
		for _, pg := range x.Pages { n += len([]rune(pg)) }
		hwm := int64(0); rs := int64(0)
		if p.worker != nil { hwm = statusOf(p.worker.cmd.Process.Pid, "VmHWM:")>>20; rs = resident(p.worker.cmd.Process.Pid)>>20 }
		t.Log(filepath.Base(f), len(x.Pages), n, len(x.Cover), time.Since(b), hwm, rs, err)
		os.WriteFile("/tmp/covers/"+filepath.Base(f)+".jpg", x.Cover, 0o644)
		var all string
		for _, pg := range x.Pages { all += pg + "\f" }
		os.WriteFile("/tmp/covers/"+filepath.Base(f)+".txt", []byte(all), 0o644)
	}
}
