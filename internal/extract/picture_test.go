package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// secret stands in what a camera says of a picture.
const secret = "taken in Chisinau by Ana"

// drawing is red on top, and blue below.
func drawing(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{200, 0, 0, 255}
			if y >= h/2 {
				c = color.RGBA{0, 0, 200, 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asJPEG is a picture as a camera that was held so writes it.
func asJPEG(t testing.TB, m image.Image, held uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	tiff = binary.LittleEndian.AppendUint32(tiff, uint32(held))
	exif := append(append([]byte("Exif\x00\x00"), tiff...), secret...)
	head := binary.BigEndian.AppendUint16([]byte("\xFF\xD8\xFF\xE1"), uint16(len(exif)+2))
	return slices.Concat(head, exif, b.Bytes()[2:])
}

// withText adds a chunk of text to a PNG, after its header.
func withText(raw []byte, text string) []byte {
	body := append([]byte("tEXt"), "Comment\x00"+text...)
	c := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	c = append(c, body...)
	c = binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(body))
	const header = 8 + 25
	return slices.Concat(raw[:header], c, raw[header:])
}

func isRed(c color.Color) bool {
	r, _, b, _ := c.RGBA()
	return r > 0x8000 && b < 0x8000
}

// TestPicture: a picture is written anew, the right way up, without what is
// not drawn.
func TestPicture(t *testing.T) {
	// A WebP of one pixel, made with cwebp -lossless.
	dot, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	plain := withText(asPNG(t, drawing(8, 4)), secret)
	if r, err := readPicture(kindPNG, plain); err != nil || !bytes.HasPrefix(r.Picture, magicOf[kindPNG]) || bytes.Contains(r.Picture, []byte(secret)) {
		t.Errorf("a PNG: %q, %v", r.Picture, err)
	}
	if r, err := readPicture(kindWebP, dot); err != nil || len(r.Picture) == 0 {
		t.Errorf("a WebP: %q, %v", r.Picture, err)
	}
	for held, want := range map[uint16]struct {
		w, h      int
		red, blue image.Point
	}{
		1: {64, 32, image.Pt(8, 4), image.Pt(8, 28)},
		2: {64, 32, image.Pt(8, 4), image.Pt(8, 28)},
		3: {64, 32, image.Pt(8, 28), image.Pt(8, 4)},
		4: {64, 32, image.Pt(8, 28), image.Pt(8, 4)},
		5: {32, 64, image.Pt(4, 8), image.Pt(28, 8)},
		6: {32, 64, image.Pt(28, 8), image.Pt(4, 8)},
		7: {32, 64, image.Pt(28, 8), image.Pt(4, 8)},
		8: {32, 64, image.Pt(4, 8), image.Pt(28, 8)},
		9: {64, 32, image.Pt(8, 4), image.Pt(8, 28)}, // there is no such
	} {
		raw := asJPEG(t, drawing(64, 32), held)
		r, err := readPicture(kindJPEG, raw)
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(bytes.NewReader(r.Picture))
		if err != nil || bytes.Contains(r.Picture, []byte(secret)) || !bytes.Contains(raw, []byte(secret)) {
			t.Fatalf("held %d: %v", held, err)
		}
		if b := m.Bounds(); b.Dx() != want.w || b.Dy() != want.h || !isRed(m.At(want.red.X, want.red.Y)) || isRed(m.At(want.blue.X, want.blue.Y)) {
			t.Errorf("held %d: %v, red %v, blue %v", held, b, m.At(want.red.X, want.red.Y), m.At(want.blue.X, want.blue.Y))
		}
	}
}

// bomb is a PNG that says it is huge.
func bomb(t testing.TB) []byte {
	raw := asPNG(t, drawing(4, 4))
	binary.BigEndian.PutUint32(raw[16:], 30000)
	binary.BigEndian.PutUint32(raw[20:], 30000)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

// TestCheck: a file is what its name says, in its first bytes, or refused.
func TestCheck(t *testing.T) {
	whole := asPNG(t, drawing(64, 64))
	for name, c := range map[string]struct {
		file string
		data []byte
		want error
	}{
		"PNG":         {"a.png", whole, nil},
		"JPEG":        {"a.JPEG", asJPEG(t, drawing(4, 4), 1), nil},
		"Text":        {"a.csv", []byte("a,b\n1,2"), nil},
		"PDF":         {"a.pdf", []byte("%PDF-1.7 ..."), nil},
		"SVG":         {"a.svg", []byte("<svg></svg>"), ErrUnsupported},
		"HTML":        {"a.html", []byte("<html>"), ErrUnsupported},
		"HTMLAsText":  {"a.txt", []byte("<!DOCTYPE html><script>"), ErrUnsupported},
		"SVGAsPNG":    {"a.png", []byte("<svg></svg>"), ErrUnsupported},
		"Archive":     {"a.zip", []byte("PK\x03\x04"), ErrUnsupported},
		"ArchiveDOCX": {"a.docx", []byte("PK\x03\x04nothing of the sort"), ErrDamaged},
		"PNGAsPDF":    {"a.pdf", whole, ErrUnsupported},
		"Program":     {"a.txt", []byte("\x7fELF\x00\x00"), ErrUnsupported},
		"Empty":       {"a.pdf", nil, ErrDamaged},
		"NoName":      {"", []byte("x"), ErrUnsupported},
	} {
		if err := Check(c.file, c.data); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		k    kind
		data []byte
		want error
	}{
		"Bomb": {kindPNG, bomb(t), ErrTooLarge}, "Cut": {kindPNG, whole[:len(whole)-30], ErrDamaged}, "Other": {kindWebP, whole, ErrUnsupported},
	} {
		if _, err := readPicture(c.k, c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestPictureByWorker has the worker itself draw.
func TestPictureByWorker(t *testing.T) {
	p := newPool(t, "real")
	raw := asJPEG(t, drawing(64, 32), 6)
	got, err := p.Extract(t.Context(), "photo.jpg", bytes.NewReader(raw), int64(len(raw)))
	if err != nil || !bytes.HasPrefix(got.Picture, magicOf[kindJPEG]) || bytes.Contains(got.Picture, []byte(secret)) || len(got.Pages) > 0 {
		t.Errorf("%d bytes, %v", len(got.Picture), err)
	}
	if _, err := p.Extract(t.Context(), "bomb.png", bytes.NewReader(bomb(t)), int64(len(bomb(t)))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
	if _, err := p.Extract(t.Context(), "a.png", strings.NewReader("<svg>"), 5); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no picture: %v", err)
	}
}

// FuzzPicture: whatever is drawn is drawn without a fault.
func FuzzPicture(f *testing.F) {
	f.Add(0, asPNG(f, drawing(8, 8)))
	f.Add(1, asJPEG(f, drawing(8, 8), 6))
	f.Fuzz(func(t *testing.T, k int, data []byte) {
		kinds := []kind{kindPNG, kindJPEG, kindWebP}
		if len(data) > 1<<16 || k < 0 || k >= len(kinds) {
			return
		}
		r, err := readPicture(kinds[k], data)
		if err == nil && len(r.Picture) == 0 {
			t.Error("neither a picture nor an error")
		}
	})
}
