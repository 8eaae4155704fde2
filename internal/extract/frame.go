package extract

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"strings"
	"unicode/utf8"
)

// What goes over the pipes: a greeting when the worker is ready, then a
// request and an answer for each file. Both are four bytes with the length of
// a JSON header, the header, and as many bytes as it says. Each end holds the
// other to the limits.

// greeting is the first that a worker writes.
const greeting = "hub extract 1\n"

// maxHeader is the greatest length of a header in bytes, maxSay that of the
// words of an error.
const (
	maxHeader = 64 << 10
	maxSay    = 300
)

// errFrame: the other end does not keep to the frames.
var errFrame = errors.New("malformed frame")

// request is the header of a file to be read; the file follows.
type request struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

// answer is the header of what a file gave; the texts of the pages follow, one
// after the other, then the cover, or the picture.
type answer struct {
	Error     string `json:"error,omitempty"` // a key of failures, "" for none
	Say       string `json:"say,omitempty"`   // what is wrong with the file
	Count     int    `json:"count,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
	Pages     []int  `json:"pages,omitempty"` // the length of each
	Cover     int    `json:"cover,omitempty"` // its length
	Picture   int    `json:"picture,omitempty"`
	Title     string `json:"title,omitempty"`
	Author    string `json:"author,omitempty"`
	Date      string `json:"date,omitempty"`
}

// failures are the errors that an answer can name.
var failures = map[string]error{
	"unsupported": ErrUnsupported,
	"encrypted":   ErrEncrypted,
	"damaged":     ErrDamaged,
	"too large":   ErrTooLarge,
}

// writeHeader writes the length of a header and the header.
func writeHeader(w io.Writer, header any) error {
	b, err := json.Marshal(header)
	if err != nil {
		return err
	}
	if len(b) > maxHeader {
		return fmt.Errorf("%w: a header of %d bytes", errFrame, len(b))
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

// readHeader reads a header. io.EOF when nothing comes any more.
func readHeader(r io.Reader, header any) error {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxHeader {
		return fmt.Errorf("%w: a header of %d bytes", errFrame, n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return noEOF(err)
	}
	if err := json.Unmarshal(b, header); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	return nil
}

// noEOF makes an end inside a frame an error of its own.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func writeRequest(w io.Writer, name string, data []byte) error {
	if err := writeHeader(w, request{name, len(data)}); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

func readRequest(r io.Reader) (name string, data []byte, err error) {
	var q request
	if err := readHeader(r, &q); err != nil {
		return "", nil, err
	}
	if len(q.Name) > MaxName || q.Size < 0 || q.Size > MaxFile {
		return "", nil, fmt.Errorf("%w: a file of %d bytes, a name of %d", errFrame, q.Size, len(q.Name))
	}
	data, err = readBody(r, q.Size)
	return q.Name, data, err
}

// readBody reads n bytes, which must be within the limits already.
func readBody(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, noEOF(err)
	}
	return b, nil
}

// writeAnswer writes what a file gave, or why it gave nothing. An error that
// is none of the file's is returned instead.
func writeAnswer(w io.Writer, t Text, failed error) error {
	if failed != nil {
		for key, e := range failures {
			if errors.Is(failed, e) {
				return writeHeader(w, answer{Error: key, Say: cut(failed.Error(), maxSay)})
			}
		}
		return failed
	}
	a := answer{Count: t.Count, Truncated: t.Truncated, Cover: len(t.Cover), Picture: len(t.Picture), Title: property(t.Title), Author: property(t.Author), Date: property(t.Date)}
	var body []byte
	for _, page := range t.Pages {
		a.Pages = append(a.Pages, len(page))
		body = append(body, page...)
	}
	if err := writeHeader(w, a); err != nil {
		return err
	}
	_, err := w.Write(append(append(body, t.Cover...), t.Picture...))
	return err
}

// maxProperty is the greatest length of what a file says of itself, in bytes.
const maxProperty = 1000

// property is a line of what a file says of itself.
func property(s string) string { return cut(strings.Join(strings.Fields(clean(s)), " "), maxProperty) }

// readAnswer reads what writeAnswer wrote, and believes nothing of it.
func readAnswer(r io.Reader) (Text, error) {
	var a answer
	if err := readHeader(r, &a); err != nil {
		return Text{}, noEOF(err)
	}
	if a.Error != "" {
		return Text{}, a.failure()
	}
	size, err := a.size()
	if err != nil {
		return Text{}, err
	}
	body, err := readBody(r, size+a.Cover+a.Picture)
	if err != nil {
		return Text{}, err
	}
	t := Text{Count: a.Count, Truncated: a.Truncated, Title: property(a.Title), Author: property(a.Author), Date: property(a.Date), Pages: make([]string, len(a.Pages))}
	for i, n := range a.Pages {
		t.Pages[i], body = string(body[:n]), body[n:]
		if !utf8.ValidString(t.Pages[i]) {
			return Text{}, fmt.Errorf("%w: text that is no UTF-8", errFrame)
		}
	}
	if cover := body[:a.Cover]; len(cover) > 0 {
		t.Cover = cover
		if err := checkCover(cover); err != nil {
			return Text{}, err
		}
	}
	if picture := body[a.Cover:]; len(picture) > 0 {
		t.Picture = picture
		if !bytes.HasPrefix(picture, magicOf[kindPNG]) && !bytes.HasPrefix(picture, magicOf[kindJPEG]) {
			return Text{}, fmt.Errorf("%w: a picture that is neither PNG nor JPEG", errFrame)
		}
	}
	return t, nil
}

// failure is the error that an answer names.
func (a answer) failure() error {
	e := failures[a.Error]
	if e == nil {
		return fmt.Errorf("%w: an unknown error", errFrame)
	}
	say := firstLine(clean(a.Say))
	return &fileError{is: e, say: cut(say, maxSay)}
}

// size is how many bytes the texts have, once all is within the limits.
func (a answer) size() (int, error) {
	if len(a.Pages) > MaxPages || a.Count < len(a.Pages) || a.Cover < 0 || a.Cover > maxCover || a.Picture < 0 || a.Picture > MaxFile {
		return 0, fmt.Errorf("%w: %d pages of %d, a cover of %d bytes", errFrame, len(a.Pages), a.Count, a.Cover)
	}
	sum := 0
	for _, n := range a.Pages {
		if n < 0 || n > MaxText-sum {
			return 0, fmt.Errorf("%w: too much text", errFrame)
		}
		sum += n
	}
	return sum, nil
}

// checkCover refuses what is no JPEG of the size of a cover.
func checkCover(b []byte) error {
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil || c.Width > coverWidth || c.Height > coverHeight {
		return fmt.Errorf("%w: a cover that is no small JPEG", errFrame)
	}
	return nil
}

// fileError is an error of a file, in the worker's words.
type fileError struct {
	is  error
	say string
}

func (e *fileError) Error() string {
	if e.say == "" {
		return e.is.Error()
	}
	return e.say
}

func (e *fileError) Unwrap() error { return e.is }
