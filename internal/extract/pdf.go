package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// cacheFolder is the folder inside CacheDir that this package owns.
const cacheFolder = "pdfium"

// reader reads files inside the worker.
type reader struct {
	ctx    context.Context
	pool   pdfium.Pool
	memory *memory
}

// newReader makes PDFium ready: machine code out of the cache, or compiled
// anew. A cache that cannot be read is made anew; one that cannot be written is
// done without.
func newReader(ctx context.Context, cacheDir string) (*reader, error) {
	r := &reader{ctx: ctx, memory: &memory{}}
	if cacheDir == "" {
		return r, r.start(wazero.NewCompilationCache())
	}
	dir := filepath.Join(cacheDir, cacheFolder)
	for range 2 {
		cache, err := wazero.NewCompilationCacheWithDir(dir)
		if err == nil {
			err = r.start(cache)
		}
		if err == nil {
			return r, nil
		}
		if os.RemoveAll(dir) != nil {
			break
		}
	}
	return r, r.start(wazero.NewCompilationCache())
}

func (r *reader) start(cache wazero.CompilationCache) (err error) {
	ctx := experimental.WithMemoryAllocator(r.ctx, r.memory)
	ctx = experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
	r.pool, err = webassembly.Init(webassembly.Config{
		Context:  ctx,
		MaxIdle:  1,
		MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), // no folder: without it the whole disk could be seen
		Stdout:   io.Discard,           // else it would write between the frames
		Stderr:   io.Discard,
		RuntimeConfig: wazero.NewRuntimeConfig().
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithMemoryLimitPages(2 * maxMemory >> 16). // memory refuses before, and notes it
			WithCompilationCache(cache),
	})
	if err != nil {
		return fmt.Errorf("start PDFium: %w", err)
	}
	return nil
}

// readPDF reads a PDF file in a machine of its own.
func (r *reader) readPDF(data []byte) (Text, error) {
	instance, err := r.pool.GetInstanceWithContext(r.ctx)
	if err != nil {
		return Text{}, fmt.Errorf("start a PDFium machine: %w", err)
	}
	d := &document{ctx: r.ctx, pdf: instance}
	text, err := d.read(data)
	if d.broken {
		_ = instance.Kill()
	} else {
		_ = instance.Close()
	}
	if err != nil && d.broken && r.memory.refused {
		return Text{}, fmt.Errorf("%w: more than %d bytes of memory", ErrTooLarge, int64(maxMemory))
	}
	return text, err
}

// document is an open PDF file.
type document struct {
	ctx    context.Context
	pdf    pdfium.Pdfium
	id     references.FPDF_DOCUMENT
	broken bool // the machine stopped and takes no further call
}

func (d *document) read(data []byte) (Text, error) {
	if err := d.open(data); err != nil {
		return Text{}, err
	}
	p := pages{}
	if err := d.texts(&p); err != nil {
		return Text{}, err
	}
	text := p.text()
	d.properties(&text, data)
	text.Cover = d.cover()
	return text, nil
}

// open opens the file with the empty password, which files have that only ask
// not to be changed.
func (d *document) open(data []byte) error {
	doc, err := d.pdf.OpenDocument(&requests.OpenDocument{FileReader: bytes.NewReader(data), FileReaderSize: int64(len(data))})
	switch {
	case err == nil:
		d.id = doc.Document
		return nil
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return ErrEncrypted
	}
	return d.failed("open", err)
}

// failed makes err, of a call to PDFium, ErrDamaged. What is none of PDFium's
// own answers is the end of the machine.
func (d *document) failed(act string, err error) error {
	own := []error{pdferrors.ErrSuccess, pdferrors.ErrUnknown, pdferrors.ErrFile, pdferrors.ErrFormat, pdferrors.ErrPage, pdferrors.ErrUnexpected}
	d.broken = true
	for _, o := range own {
		if errors.Is(err, o) {
			d.broken = false
		}
	}
	return fmt.Errorf("%w: %s: %s", ErrDamaged, act, firstLine(err.Error()))
}

// texts reads the pages. One that cannot be read is empty; when none can, the
// file is damaged.
func (d *document) texts(p *pages) error {
	count, err := d.pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.id})
	if err != nil {
		return d.failed("count pages", err)
	}
	p.known = count.PageCount
	bad := 0
	for n := range min(count.PageCount, MaxPages) {
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		text, err := d.text(n)
		switch {
		case errors.Is(err, pdferrors.ErrPage):
			bad++
		case err != nil:
			return d.failed("read page", err)
		}
		p.add(text)
		p.turn()
		if p.full() {
			return nil
		}
	}
	if bad == len(p.done) {
		return fmt.Errorf("%w: none of %d pages can be read", ErrDamaged, count.PageCount)
	}
	p.truncated = count.PageCount > MaxPages
	return nil
}

func (d *document) page(n int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: d.id, Index: n}}
}

// text is the text of page n.
func (d *document) text(n int) (string, error) {
	got, err := d.pdf.GetPageText(&requests.GetPageText{Page: d.page(n)})
	if err != nil {
		return "", err
	}
	if !strings.ContainsFunc(got.Text, isRightToLeft) {
		return hyphen.Replace(got.Text), nil
	}
	placed, err := d.pdf.GetPageTextStructured(&requests.GetPageTextStructured{
		Page: d.page(n), Mode: requests.GetPageTextStructuredModeChars,
	})
	if err != nil {
		return "", err
	}
	return hyphen.Replace(inReadingOrder(placed.Chars)), nil
}

// properties reads what the file says of itself: in XMP, else in the old way.
func (d *document) properties(text *Text, data []byte) {
	x := xmpOf(data)
	meta := func(tag string) string {
		got, err := d.pdf.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: d.id, Tag: tag})
		if err != nil {
			return ""
		}
		return got.Value
	}
	text.Title, text.Author, text.Date = x.title, x.author, x.date
	if text.Title == "" {
		text.Title = meta("Title")
	}
	if text.Author == "" {
		text.Author = meta("Author")
	}
	if text.Date == "" {
		text.Date = day(meta("CreationDate"))
	}
}

// hyphen stands where PDFium took a hyphen at the end of a line, and the end
// of the line, out of a word.
var hyphen = strings.NewReplacer("\x02", "", "\uFFFE", "")

// cover draws the first page, nil when it cannot be drawn.
func (d *document) cover() []byte {
	drawn, err := d.pdf.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: d.page(0), Width: coverWidth, Height: coverHeight, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT,
	})
	if err != nil {
		_ = d.failed("draw", err)
		return nil
	}
	defer drawn.Cleanup()
	page, ok := drawn.Result.RenderedImage.(*image.RGBA)
	if !ok {
		return nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, onWhite(page), &jpeg.Options{Quality: 80}); err != nil || b.Len() > maxCover {
		return nil
	}
	return b.Bytes()
}

// onWhite puts a drawn page on white paper. PDFium does not multiply colours
// by their opacity, as the type of from says.
func onWhite(from *image.RGBA) image.Image {
	on := image.NewRGBA(from.Rect)
	draw.Draw(on, on.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	page := &image.NRGBA{Pix: from.Pix, Stride: from.Stride, Rect: from.Rect}
	draw.Draw(on, on.Rect, page, from.Rect.Min, draw.Over)
	return on
}

// firstLine leaves out the trace that follows an error of the machine.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
