package bibliography

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"nmirfhub/internal/charset"
)

// says is how a file names its own encoding: JabRef in a comment, XML in its
// first line.
var says = regexp.MustCompile(`(?i)(?:^|\n)%\s*encoding:\s*([a-z0-9_-]+)|<\?xml[^>]*encoding=["']([A-Za-z0-9_-]+)`)

// decode makes UTF-8 of a file: by its mark, by what it says, else UTF-8 where
// it is that, else what it looks like.
func decode(raw []byte) string {
	little, big := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), narrow(raw, 1):
		return decoded(little, raw)
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}), narrow(raw, 0):
		return decoded(big, raw)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if utf8.Valid(raw) {
		return clean(string(raw))
	}
	if m := says.FindSubmatch(raw[:min(len(raw), 2000)]); m != nil {
		if e, err := htmlindex.Get(string(append(m[1], m[2]...))); err == nil && e != unicode.UTF8 {
			return decoded(e, raw)
		}
	}
	return mixed(raw)
}

// narrow says whether every second byte of the beginning is zero: letters of
// two bytes without a mark.
func narrow(raw []byte, at int) bool {
	if len(raw) < 8 {
		return false
	}
	for i := at; i < 8; i += 2 {
		if raw[i] != 0 || raw[i^1] == 0 {
			return false
		}
	}
	return true
}

// mixed reads each line as UTF-8 where it is that, else as what the other lines
// look like together: libraries are put together from files of several
// programs.
func mixed(raw []byte) string {
	var other []byte
	for line := range bytes.Lines(raw) {
		if !utf8.Valid(line) && len(other) < guessed {
			other = append(other, line...)
		}
	}
	e := charset.Guess(other)
	var all strings.Builder
	for line := range bytes.Lines(raw) {
		if utf8.Valid(line) {
			all.Write(line)
		} else {
			all.WriteString(charset.Decode(e, line))
		}
	}
	return clean(all.String())
}

// guessed is from how many bytes an encoding is guessed.
const guessed = 1 << 20

func decoded(e encoding.Encoding, raw []byte) string {
	return clean(strings.TrimPrefix(charset.Decode(e, raw), "\ufeff"))
}

// clean writes the ends of lines in one way, and leaves out zeros.
func clean(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
}
