package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// maxPixels is how many pixels a picture may have.
const maxPixels = 40_000_000

// pictureQuality is that of a JPEG that is written anew.
const pictureQuality = 90

// readPicture draws a picture and writes it anew: what is not drawn, such as
// where and by whom it was taken, is left behind. A WebP becomes a PNG where it
// can be seen through, else a JPEG, as a JPEG stays one.
func readPicture(k kind, data []byte) (Text, error) {
	decode, size := map[kind]func(io.Reader) (image.Image, error){kindPNG: png.Decode, kindJPEG: jpeg.Decode, kindWebP: webp.Decode}[k],
		map[kind]func(io.Reader) (image.Config, error){kindPNG: png.DecodeConfig, kindJPEG: jpeg.DecodeConfig, kindWebP: webp.DecodeConfig}[k]
	c, err := size(bytes.NewReader(data))
	if err != nil {
		return Text{}, fmt.Errorf("%w: the content is no %s", ErrUnsupported, k)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return Text{}, fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, c.Width, c.Height)
	}
	drawn, err := decode(bytes.NewReader(data))
	if err != nil {
		return Text{}, fmt.Errorf("%w: draw the picture: %w", ErrDamaged, err)
	}
	if k == kindJPEG {
		drawn = turned(drawn, orientation(data))
	}
	var out bytes.Buffer
	if k == kindJPEG || k == kindWebP && opaque(drawn) {
		err = jpeg.Encode(&out, drawn, &jpeg.Options{Quality: pictureQuality})
	} else {
		err = (&png.Encoder{CompressionLevel: png.DefaultCompression}).Encode(&out, drawn)
	}
	if err != nil {
		return Text{}, fmt.Errorf("%w: write the picture: %w", ErrDamaged, err)
	}
	if out.Len() > MaxFile {
		return Text{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, out.Len())
	}
	return Text{Picture: out.Bytes()}, nil
}

func opaque(i image.Image) bool {
	o, known := i.(interface{ Opaque() bool })
	return known && o.Opaque()
}

// The tag of an Exif directory that says how a camera was held, and its type.
const (
	tagOrientation = 0x0112
	typeShort      = 3
)

// orientation is how the camera was held that took a JPEG, 1 to 8 as Exif has
// it; 1 where it does not say.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xDA || size < 2 || at+2+size > len(data) {
			return 1
		}
		if body, is := bytes.CutPrefix(data[at+4:at+2+size], []byte("Exif\x00\x00")); is && marker == 0xE1 {
			return orientationIn(body)
		}
		at += 2 + size
	}
	return 1
}

// orientationIn is the same of the directory of a TIFF.
func orientationIn(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for n := order.Uint16(b[at:]); n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// turned is a picture as it was seen, of a camera that was held so.
func turned(from image.Image, held int) image.Image {
	if held == 1 {
		return from
	}
	return &turning{from, held}
}

// turning reads the pixels of a picture from where they lie, without a copy.
type turning struct {
	from image.Image
	held int
}

func (t *turning) ColorModel() color.Model { return color.RGBAModel }

func (t *turning) Bounds() image.Rectangle {
	b := t.from.Bounds()
	if t.held >= 5 {
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return image.Rect(0, 0, b.Dx(), b.Dy())
}

func (t *turning) At(x, y int) color.Color {
	b := t.from.Bounds()
	w, h := b.Dx()-1, b.Dy()-1
	switch t.held {
	case 2:
		x = w - x
	case 3:
		x, y = w-x, h-y
	case 4:
		y = h - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8:
		x, y = w-y, x
	}
	return t.from.At(b.Min.X+x, b.Min.Y+y)
}
