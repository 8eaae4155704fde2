package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// workerFlag, as the first argument, makes this program the worker of a test;
// the second says which of workers, the last is the folder of the cache.
const workerFlag = "extract-test-worker"

// workers are what a test can put in place of a worker.
var workers = map[string]func(cacheDir string) error{
	"tell":      reading(tell),
	"panic":     reading(func(string, []byte) (Text, error) { panic("a fault of the reader") }),
	"once":      breakOnce,
	"hang":      reading(func(string, []byte) (Text, error) { hang(); return Text{}, nil }),
	"spin":      reading(func(string, []byte) (Text, error) { spin(); return Text{}, nil }),
	"hungry":    reading(hungry),
	"silent":    func(string) error { return nil },
	"stranger":  func(string) error { return printed("What can I do for you today?") },
	"chatter":   func(string) error { return printed(greeting + strings.Repeat("chatter ", 1<<16)) },
	"liar":      func(string) error { return lie(answer{Count: 1, Pages: []int{MaxText + 1}}) },
	"negative":  func(string) error { return lie(answer{Count: 1, Pages: []int{-1}}) },
	"many":      func(string) error { return lie(answer{Count: MaxPages + 1, Pages: make([]int, MaxPages+1)}) },
	"bigcover":  func(string) error { return lie(answer{Count: 1, Pages: []int{0}, Cover: maxCover + 1}) },
	"nocover":   func(string) error { return lie(answer{Count: 1, Pages: []int{0}, Cover: 4}, []byte("JPEG")...) },
	"nounicode": func(string) error { return lie(answer{Count: 1, Pages: []int{1}}, 0xFF) },
	"unknown":   func(string) error { return lie(answer{Error: "something else"}) },
	"header":    func(string) error { return printed(greeting + "\xFF\xFF\xFF\xFF") },
}

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == workerFlag {
		if err := workers[os.Args[2]](os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(run(m))
}

// cacheFor is where the workers of one run of the tests stand, and keep machine
// code: compiling it is by far the longest part of starting one.
var cacheFor string

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "extract")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	cacheFor = dir
	return m.Run()
}

// worker is the real one. It is a program of its own, as in the hub: to compile
// PDFium takes five times longer where the race detector watches.
var worker = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(cacheFor, "worker.bin")
	made := exec.Command("go", "build", "-o", bin, "./testdata/worker")
	made.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := made.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

// newPool is a pool with one of workers, or the real one; closed when the test ends.
func newPool(t testing.TB, which string) *Pool {
	t.Helper()
	p := &Pool{Command: []string{os.Args[0], workerFlag, which}, CacheDir: filepath.Join(cacheFor, "code")}
	if which == "real" {
		bin, err := worker()
		if err != nil {
			t.Fatal(err)
		}
		p.Command = []string{bin}
	} else {
		p.memory = 4 << 30 // the race detector takes several times what a worker does
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// give has a pool read data.
func give(t testing.TB, p *Pool, name string, data []byte) (Text, error) {
	return p.Extract(t.Context(), name, bytes.NewReader(data), int64(len(data)))
}

// reading is a worker that keeps to the protocol and reads with read.
func reading(read func(string, []byte) (Text, error)) func(string) error {
	return func(string) error { return serve(context.Background(), os.Stdin, os.Stdout, read) }
}

// tell gives what the worker finds in its process: the environment, and the
// files that are open.
func tell(string, []byte) (Text, error) {
	t := Text{Pages: []string{strings.Join(os.Environ(), "\n"), "", fmt.Sprint(os.Getpid())}, Count: 3}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return t, nil
	}
	for _, f := range files {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil {
			t.Pages[1] += to + "\n"
		}
	}
	return t, nil
}

// breakOnce panics with the first file that this test gives, and reads the next.
func breakOnce(cacheDir string) error {
	return serve(context.Background(), os.Stdin, os.Stdout, func(_ string, data []byte) (Text, error) {
		f, err := os.OpenFile(string(data), os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			f.Close()
			panic("the first time")
		}
		return Text{Pages: []string{"the second time"}, Count: 1}, nil
	})
}

// spin computes for ever.
func spin() {
	var done atomic.Bool
	for !done.Load() {
	}
}

// hang waits for what never comes.
func hang() { _, _ = io.Copy(io.Discard, os.Stdin) }

// hungry takes half a gigabyte and keeps it.
func hungry(string, []byte) (Text, error) {
	b := make([]byte, 512<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	hang()
	return Text{Pages: []string{string(b[:1])}, Count: 1}, nil
}

func printed(s string) error {
	_, err := os.Stdout.WriteString(s)
	return err
}

// lie answers each file with a header and a body of a test's choice.
func lie(a answer, body ...byte) error {
	if err := printed(greeting); err != nil {
		return err
	}
	for {
		if _, _, err := readRequest(os.Stdin); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := writeHeader(os.Stdout, a); err != nil {
			return err
		}
		if _, err := os.Stdout.Write(body); err != nil {
			return err
		}
	}
}

// frame is a header as it goes over the pipe, whatever stands in it.
func frame(header string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(header))), header...)
}
