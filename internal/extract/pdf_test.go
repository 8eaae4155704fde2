package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

func encodeBlank(w io.Writer, width, height int) error {
	return jpeg.Encode(w, image.NewGray(image.Rect(0, 0, width, height)), nil)
}

// sample is a row of an index of PDF files.
type sample struct{ file, pages, characters, err, note string }

// samples reads an index by the names of its columns.
func samples(t *testing.T, path, characters string) []sample {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cell := func(row []string, name string) string {
		if i := slices.Index(rows[0], name); i >= 0 {
			return row[i]
		}
		return ""
	}
	var out []sample
	for _, r := range rows[1:] {
		out = append(out, sample{cell(r, "file"), cell(r, "pages"), cell(r, characters), cell(r, "error"), cell(r, "note")})
	}
	return out
}

// characters counts all characters of a text, and those that are no space: the
// indexes count the latter, because readers differ about spaces.
func characters(t Text) (all, visible int) {
	for _, p := range t.Pages {
		for _, r := range p {
			all++
			if !unicode.IsSpace(r) {
				visible++
			}
		}
	}
	return all, visible
}

// near says that n is within a tenth of want.
func near(n, want int) bool { return math.Abs(float64(n-want)) <= float64(want)/10 }

func TestSamples(t *testing.T) {
	p := newPool(t, "real")
	for _, s := range samples(t, "testdata/index.csv", "characters") {
		t.Run(s.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", s.file))
			if err != nil {
				t.Fatal(err)
			}
			text, err := give(t, p, s.file, data)
			if !errors.Is(err, failures[s.err]) {
				t.Fatalf("got %v, want %q", err, s.err)
			}
			if err == nil {
				checkSample(t, s, text)
			}
		})
	}
}

func checkSample(t *testing.T, s sample, text Text) {
	t.Helper()
	if fmt.Sprint(text.Count) != s.pages || len(text.Pages) != text.Count || text.Truncated {
		t.Errorf("%d pages of %d, want %s", len(text.Pages), text.Count, s.pages)
	}
	want, err := strconv.Atoi(s.characters)
	if _, n := characters(text); err == nil && !near(n, want) {
		t.Errorf("%d characters, want %d", n, want)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(text.Cover))
	if err != nil || c.Width > coverWidth || c.Height > coverHeight || max(c.Width, c.Height) < coverWidth {
		t.Errorf("cover %d by %d, %v", c.Width, c.Height, err)
	}
}

// TestReadingOrder: what people would search for is in the text as they write it.
func TestReadingOrder(t *testing.T) {
	p := newPool(t, "real")
	for _, c := range []struct {
		file  string
		words []string
	}{
		{"multicolumn.pdf", []string{"elit. Ut purus elit", "Maecenas lacinia", "This is a sample document with two columns filled\nwith Lorem Ipsum text."}},
		{"arabic.pdf", []string{"الآليات الوطنية", "تلتزم الدولة بتقديم التقارير إلى هيئات حقوق الإنسان التابعة للأمم المتحدة، ومتابعة تنفيذ التوصيات", "English", "48", "2025"}},
		{"arabic_actualtext.pdf", []string{"حَبيبي", "habibi"}},
		{"un_document.pdf", []string{"Working Group on the Universal Periodic Review"}},
		{"write_protected.pdf", nil},
		{"table.pdf", []string{"Capital Jakarta Berlin Vienna Paris Vatican City"}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		text, err := give(t, p, c.file, data)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(text.Pages, "\n")
		for _, w := range c.words {
			if !strings.Contains(strings.ReplaceAll(all, " \n", "\n"), w) {
				t.Errorf("%s: %q is not in\n%s", c.file, w, all)
			}
		}
	}
}

// TestManyPages: of 3,000 pages the first are read.
func TestManyPages(t *testing.T) {
	text, err := give(t, newPool(t, "real"), "a.pdf", pagesPDF(3000, "BT /F1 24 Tf 100 700 Td (Page) Tj ET"))
	if err != nil || len(text.Pages) != MaxPages || text.Count != 3000 || !text.Truncated {
		t.Fatalf("%d pages of %d, truncated %v, %v", len(text.Pages), text.Count, text.Truncated, err)
	}
	if text.Pages[0] != "Page" || text.Pages[MaxPages-1] != "Page" || text.Cover == nil {
		t.Errorf("pages %q ... %q, cover of %d bytes", text.Pages[0], text.Pages[MaxPages-1], len(text.Cover))
	}
}

// TestMuchText: text beyond the limit is left out, and further pages with it.
func TestMuchText(t *testing.T) {
	var content strings.Builder
	for line := range 20 {
		fmt.Fprintf(&content, "BT /F1 1 Tf 1 %d Td (%s) Tj ET\n", 700-10*line, strings.Repeat("word ", 1000))
	}
	text, err := give(t, newPool(t, "real"), "a.pdf", pagesPDF(100, content.String()))
	all, _ := characters(text)
	if err != nil || !text.Truncated || text.Count != 100 || len(text.Pages) >= 100 || all > MaxText || all < MaxText/2 {
		t.Errorf("%d characters on %d pages of %d, truncated %v, %v", all, len(text.Pages), text.Count, text.Truncated, err)
	}
}

// TestPDFDamaged: files that PDFium opens and then cannot read.
func TestPDFDamaged(t *testing.T) {
	whole := string(pagesPDF(1, "BT ET"))
	p := newPool(t, "real")
	for _, c := range []struct{ name, in string }{
		{"HeaderOnly", "%PDF-1.7\n"},
		{"NoPages", string(pagesPDF(0, "BT ET"))},
		{"NoPage", strings.Replace(whole, "/Type /Page ", "/Type /None ", 1)},
		{"Noise", "%PDF-1.7\n" + noise(100_000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := give(t, p, "a.pdf", []byte(c.in))
			if err == nil && (text.Count != 1 || text.Pages[0] != "") || err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("got %+v, %v", text, err)
			}
		})
	}
}

// TestPDFMemory: a content that unpacks to more than the machine's memory is
// too large; the next file is read.
func TestPDFMemory(t *testing.T) {
	p := newPool(t, "real")
	if text, err := give(t, p, "a.pdf", bombPDF(t)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %d pages, %v", len(text.Pages), err)
	}
	if text, err := give(t, p, "a.pdf", pagesPDF(1, "BT /F1 24 Tf 100 700 Td (Next) Tj ET")); err != nil || text.Pages[0] != "Next" {
		t.Errorf("the next file: %+v, %v", text.Pages, err)
	}
}

// bombPDF is a small PDF file whose page unpacks to 100 MiB of operators.
func bombPDF(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := z.Write(bytes.Repeat([]byte("q "), 1<<19)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	plain := pagesPDF(1, packed.String())
	return bytes.Replace(plain, []byte("<< /Length"), []byte("<< /Filter /FlateDecode /Length"), 1)
}

// TestLinearMemory: the machine's memory ends where it should.
func TestLinearMemory(t *testing.T) {
	var m memory
	s := m.Allocate(0, 0)
	defer s.Free()
	if b := s.Reallocate(1 << 16); len(b) != 1<<16 || m.refused {
		t.Errorf("%d bytes, refused %v", len(b), m.refused)
	}
	if b := s.Reallocate(maxMemory); len(b) != maxMemory || m.refused {
		t.Errorf("%d bytes, refused %v", len(b), m.refused)
	}
	if b := s.Reallocate(maxMemory + 1); b != nil || !m.refused {
		t.Errorf("%d bytes, refused %v", len(b), m.refused)
	}
}

// TestCacheBroken: a cache that somebody broke is made anew, one that cannot be
// made is done without.
func TestCacheBroken(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles PDFium")
	}
	for name, dir := range map[string]string{"broken": brokenCache(t), "file": fileInPlace(t)} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, "real")
			p.CacheDir = dir
			if _, err := give(t, p, "a.pdf", pagesPDF(1, "BT ET")); err != nil {
				t.Error(err)
			}
		})
	}
}

// fileInPlace is a file where a folder should be.
func fileInPlace(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// brokenCache is a copy of the tests' cache, cut short.
func brokenCache(t *testing.T) string {
	t.Helper()
	if err := newPool(t, "real").warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(cacheFor, "code"))); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Truncate(path, 1000)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pagesPDF is a PDF file of n pages that share one content.
func pagesPDF(n int, content string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, values ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, values...)...)
	}
	b.WriteString("%PDF-1.7\n")
	var kids strings.Builder
	for i := range n {
		fmt.Fprintf(&kids, "%d 0 R ", i+5)
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 612 792] /Resources << /Font << /F1 4 0 R >> >> >>", kids.String(), n)
	object("<< /Length %d >>\nstream\n%s\nendstream", len(content)+1, content)
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for range n {
		object("<< /Type /Page /Parent 2 0 R /Contents 3 0 R >>")
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// exceptions are files of HUB_TEST_PDF_DIR about which readers differ.
var exceptions = map[string]string{
	"pypdf_imagemagick-images.pdf": "a word is drawn behind the images of four pages; the index leaves it out",
	"made_bitflipped.pdf":          "what can be saved of a damaged file differs from reader to reader",
}

// TestFolder reads all PDF files of the folder that HUB_TEST_PDF_DIR names and
// compares them with its index.csv. The index counts characters that are no
// space. It measures what the worker takes, too.
func TestFolder(t *testing.T) {
	dir := os.Getenv("HUB_TEST_PDF_DIR")
	if dir == "" {
		t.Skip("HUB_TEST_PDF_DIR names no folder")
	}
	p := newPool(t, "real")
	if err := p.warm(t.Context()); err != nil { // fills the cache
		t.Fatal(err)
	}
	p.worker.end()
	begun := time.Now()
	if err := p.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	idle := resident(p.worker.cmd.Process.Pid)
	t.Logf("start with a cache %v, %d MiB idle", time.Since(begun).Round(time.Millisecond), idle>>20)
	t.Logf("%-45s %5s %8s %8s %8s %6s %8s %6s  %s", "file", "pages", "index", "visible", "all", "ratio", "ms", "ms/p", "error")
	peak := int64(0)
	for _, s := range samples(t, filepath.Join(dir, "index.csv"), "extracted_chars") {
		peak = max(peak, readSample(t, p, dir, s))
	}
	t.Logf("at most %d MiB, %d above idle", peak>>20, (peak-idle)>>20)
	if runtime.GOOS == "linux" && peak-idle > 400<<20 {
		t.Error("the worker takes too much memory")
	}
}

// readSample reads a file and says how much memory the worker took at most.
func readSample(t *testing.T, p *Pool, dir string, s sample) int64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, s.file))
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	text, err := give(t, p, s.file, data)
	took := float64(time.Since(begun).Microseconds()) / 1000
	all, visible := characters(text)
	want, unknown := strconv.Atoi(s.characters)
	ratio := "-"
	if want > 0 {
		ratio = fmt.Sprintf("%.3f", float64(visible)/float64(want))
	}
	say := ""
	if err != nil {
		say = errors.Unwrap(err).Error()
	}
	t.Logf("%-45s %5d %8s %8d %8d %6s %8.1f %6.1f  %s", s.file, text.Count, s.characters, visible, all, ratio, took, took/float64(max(1, text.Count)), say)
	if why := exceptions[s.file]; unknown == nil && !near(visible, want) && why == "" {
		t.Errorf("%s: %d characters, want %d", s.file, visible, want)
	}
	if p.worker == nil {
		return 0
	}
	return statusOf(p.worker.cmd.Process.Pid, "VmHWM:")
}
