package walk

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func listenLoopback() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// chromium is the browser on this machine. make test brings one; a plain
// go test on a machine without one leaves the walks out, by name.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("HUB_TEST_BROWSER") != "" {
		t.Fatal("no Chromium here: make browser brings it")
	}
	t.Skip("no Chromium on this machine: make test brings it")
	return ""
}

// browser is one Chromium for a test.
type browser struct {
	ctx context.Context

	mu   sync.Mutex
	said []string // uncaught errors and what the console complained of
}

func openBrowser(t testing.TB) *browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "hub-chromium") // removed below: Chromium writes on for a while
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(profile), chromedp.WSURLReadTimeout(time.Minute),
	)
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopTab := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {})) // of events newer than the library
	ctx, stopTime := context.WithTimeout(ctx, 10*time.Minute)
	b := &browser{ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	if err := chromedp.Run(ctx, runtime.Enable(), log.Enable()); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	t.Cleanup(func() {
		stopTime()
		stopTab()
		stopAlloc()
		os.RemoveAll(profile)
	})
	return b
}

func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError {
			b.said = append(b.said, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// complaints takes what the browser complained of since the last look.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.said
	b.said = nil
	return said
}

// window is how a page is looked at.
type window struct {
	width  int64
	script bool
	dark   bool
}

func (w window) name() string {
	name := map[int64]string{390: "phone", 1280: "desk", 320: "narrow"}[w.width]
	if !w.script {
		name += "-noscript"
	}
	if w.dark {
		name += "-dark"
	}
	return name
}

func (b *browser) set(t testing.TB, w window) {
	t.Helper()
	scheme := "light"
	if w.dark {
		scheme = "dark"
	}
	err := chromedp.Run(b.ctx,
		emulation.SetDeviceMetricsOverride(w.width, 900, 1, w.width < 700),
		emulation.SetScriptExecutionDisabled(!w.script),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// run does something in the browser, within half a minute.
func (b *browser) run(t testing.TB, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// until waits until an expression of the page is true, whatever page is loaded
// meanwhile.
func (b *browser) until(t testing.TB, holds string) {
	t.Helper()
	waits(t, 30*time.Second, holds, func() bool {
		var is bool
		return chromedp.Run(b.ctx, chromedp.Evaluate(holds, &is)) == nil && is
	})
}

// picture keeps a picture of the page under $HUB_PICTURES, for people to look
// at; without that it does nothing.
func (b *browser) picture(t testing.TB, name string) {
	t.Helper()
	dir := os.Getenv("HUB_PICTURES")
	if dir == "" {
		return
	}
	var png []byte
	b.run(t, chromedp.FullScreenshot(&png, 100))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.NewReplacer("/", "_", "?", "-").Replace(name)+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
