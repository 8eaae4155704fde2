package extract

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Limits of the XML inside a container.
const (
	maxDepth = 256
	maxToken = 4 << 20 // bytes of one tag or one stretch of text
)

// errEnd ends a walk early and is no error.
var errEnd = errors.New("end")

// visitor is what a walk over an XML entry calls. Names are without their
// prefix. Each of its functions may be nil.
type visitor struct {
	// open is called for a start tag; skip leaves out all that is inside.
	open func(e xml.StartElement) (skip bool, err error)
	// close is called for an end tag, but not for skipped elements.
	close func(name string) error
	// chars is called for text.
	chars func(s string) error
}

// walk reads an XML entry tag by tag. Nothing that the entry declares is
// expanded: a document type is an error.
func (c *container) walk(name string, v visitor) error {
	r, err := c.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := v.walk(r); err != nil && !errors.Is(err, errEnd) {
		return damaged(name, err)
	}
	return nil
}

func (v visitor) walk(r io.Reader) error {
	limited := &tokens{from: r, left: maxToken}
	d := xml.NewDecoder(limited)
	depth, skipped := 0, 0 // skipped: how deep inside a skipped element
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		limited.left = maxToken
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: more than %d tags inside each other", ErrTooLarge, maxDepth)
			}
			if skipped > 0 {
				skipped++
				continue
			}
			skip, err := v.start(t)
			if err != nil {
				return err
			}
			if skip {
				skipped = 1
			}
		case xml.EndElement:
			depth--
			if skipped > 0 {
				skipped--
				continue
			}
			if err := v.end(t.Name.Local); err != nil {
				return err
			}
		case xml.CharData:
			if err := v.text(t, skipped > 0); err != nil {
				return err
			}
		case xml.Directive:
			return fmt.Errorf("%w: a document type", ErrDamaged)
		}
	}
}

func (v visitor) start(e xml.StartElement) (bool, error) {
	if v.open == nil {
		return false, nil
	}
	return v.open(e)
}

func (v visitor) end(name string) error {
	if v.close == nil {
		return nil
	}
	return v.close(name)
}

func (v visitor) text(s xml.CharData, skipped bool) error {
	if skipped || v.chars == nil {
		return nil
	}
	return v.chars(string(s))
}

// tokens bounds the bytes between two tokens, so that no single one fills the
// memory.
type tokens struct {
	from io.Reader
	left int
}

func (t *tokens) Read(b []byte) (int, error) {
	if t.left <= 0 {
		return 0, fmt.Errorf("%w: a tag or text of more than %d bytes", ErrTooLarge, maxToken)
	}
	n, err := t.from.Read(b)
	t.left -= n
	return n, err
}

// attr is the value of an attribute, "" for none.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
