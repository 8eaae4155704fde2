// Package extract takes the text, page by page, and a picture of the first
// page out of a file that somebody uploaded: PDF, Office and OpenDocument
// files, plain text.
//
// The file is hostile until shown otherwise. It is read in a process of its
// own, which Pool starts and watches, so that a crash, a hang or a hunger for
// memory ends there. PDF is read by PDFium inside a WebAssembly machine that
// sees no file and no network; the other formats by code without unsafe parts.
//
// The parts, from the outside in: Pool (pool.go) hands a file to a process
// (process.go) over two pipes (frame.go); Work (work.go) is the other end,
// which finds the kind (kind.go) and reads it.
package extract

import "errors"

// Limits of what is read. A file beyond them is refused with ErrTooLarge, or
// read in part where it says so.
const (
	// MaxFile is the greatest size of a file in bytes.
	MaxFile = 100 << 20
	// MaxPages is how many pages are read; further ones are left out.
	MaxPages = 2000
	// MaxText is how many bytes of text are kept of all pages together;
	// further text is left out.
	MaxText = 5 << 20
	// MaxName is the greatest length of a file's name in bytes.
	MaxName = 1024
)

// Limits of the cover image: its width and height in pixels, its size in bytes.
const (
	coverWidth  = 480
	coverHeight = 960
	maxCover    = 1 << 20
)

// Text is what a file gave.
type Text struct {
	// Pages are the texts of the pages, in order, as UTF-8 with newlines
	// between paragraphs; "" for a page without text. A slide and a sheet are
	// a page each. They are fewer than Count when Truncated.
	Pages []string
	// Count is how many pages the file has; of a text document that is
	// Truncated, how many were seen.
	Count int
	// Cover is the first page as JPEG, nil for none.
	Cover []byte
	// Picture is a picture written anew, without what a camera says of it: of a
	// picture alone.
	Picture []byte
	// Title, Author and Date are what a PDF says of itself; empty for nothing.
	// The date is that of the file: "2016-04-30".
	Title, Author, Date string
	// Truncated says that the file has more text or pages than are kept.
	Truncated bool
}

// The errors that Extract answers with, compared with errors.Is. The first
// four speak of the file, so that trying again does not help.
var (
	// ErrUnsupported: the content is of no kind that is read here, or not of
	// the kind that the name says.
	ErrUnsupported = errors.New("the file is of no kind that is read, or its name says another kind")
	// ErrEncrypted: the file opens with a password only.
	ErrEncrypted = errors.New("the file needs a password")
	// ErrDamaged: the content breaks the rules of its format, or broke the
	// reader twice.
	ErrDamaged = errors.New("the file is damaged")
	// ErrTooLarge: a limit of size, memory or time was passed.
	ErrTooLarge = errors.New("the file is too large to be read")
	// ErrBusy: too many files wait already; trying again later helps.
	ErrBusy = errors.New("too many files wait to be read")
	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("the reader of files is closed")
)
