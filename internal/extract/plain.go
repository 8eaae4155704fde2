package extract

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// sniffed is how many bytes of a text file are looked at to tell it from
// other kinds.
const sniffed = 1024

// readPlain reads a text file as one page.
func readPlain(data []byte) (Text, error) {
	s, err := decode(data)
	if err != nil {
		return Text{}, err
	}
	var p pages
	p.add(s)
	return p.text(), nil
}

// decode turns the bytes of a text file into UTF-8: as its byte order mark
// says, else as UTF-8 when it is that, else as Windows-1252.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return decodeUTF16(data)
	case !isText(data):
		return "", fmt.Errorf("%w: the content is no text", ErrUnsupported)
	case utf8.Valid(data):
		return string(bytes.TrimPrefix(data[:min(len(data), 2*MaxText)], []byte("\uFEFF"))), nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data[:min(len(data), 2*MaxText)])
	if err != nil {
		return "", fmt.Errorf("%w: decode Windows-1252: %w", ErrDamaged, err)
	}
	return string(out), nil
}

func decodeUTF16(data []byte) (string, error) {
	mark := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	out, err := mark.NewDecoder().Bytes(data[:min(len(data), 2*MaxText)])
	if err != nil {
		return "", fmt.Errorf("%w: decode UTF-16: %w", ErrDamaged, err)
	}
	if !isText(out) {
		return "", fmt.Errorf("%w: the content is no text", ErrUnsupported)
	}
	return string(out), nil
}

// isText says that data does not begin as a program, an image, a document or
// a page of markup does.
func isText(data []byte) bool {
	start := data[:min(len(data), sniffed)]
	if bytes.ContainsFunc(start, isBinary) {
		return false
	}
	start = bytes.ToLower(trimStart(start))
	for _, other := range []string{"%pdf-", "<!doctype", "<html", "<?xml", "<svg", "<script"} {
		if bytes.HasPrefix(start, []byte(other)) {
			return false
		}
	}
	return true
}

// isBinary says whether r is one of the control characters that texts do not
// have, as browsers tell texts from other files.
func isBinary(r rune) bool {
	return r < 0x09 || r == 0x0B || r >= 0x0E && r <= 0x1F && r != 0x1B
}
