package extract

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// entry is an entry of a container with a header of a test's choice.
type entry struct {
	zip.FileHeader
	content string
}

// packRaw makes a container whose directory says what the entries' headers
// say, true or not.
func packRaw(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateRaw(&e.FileHeader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stored is an entry that is not compressed and says so.
func stored(name, content string, said uint64) entry {
	return entry{zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: uint64(len(content)), UncompressedSize64: said}, content}
}

func TestContainerRefuses(t *testing.T) {
	many := make([]entry, maxEntries+1)
	for i := range many {
		many[i] = stored(fmt.Sprint(i), "", 0)
	}
	encrypted := stored("a", "a", 1)
	encrypted.Flags = 1
	for _, c := range []struct {
		name string
		in   []byte
		want error
	}{
		{"NoZip", []byte("PK\x03\x04 and nothing else"), ErrDamaged},
		{"Cut", packRaw(t, stored("a", "a", 1))[:40], ErrDamaged},
		{"Many", packRaw(t, many...), ErrTooLarge},
		{"VeryMany", []byte("PK\x03\x04" + strings.Repeat("PK\x01\x02", 3*maxEntries)), ErrTooLarge},
		{"Bomb", []byte(pack(t, map[string]string{"a": strings.Repeat("\x00", 2<<20)})), ErrTooLarge},
		{"Sum", packRaw(t, said("a", 150<<20), said("b", 51<<20)), ErrTooLarge},
		{"Overflow", packRaw(t, said("a", 1<<63), said("b", 1<<63)), ErrTooLarge},
		{"Above", packRaw(t, stored("../a", "a", 1)), ErrDamaged},
		{"AboveInside", packRaw(t, stored("word/../../a", "a", 1)), ErrDamaged},
		{"AboveBackslash", packRaw(t, stored(`word\..\a`, "a", 1)), ErrDamaged},
		{"Zero", packRaw(t, stored("a\x00b", "a", 1)), ErrDamaged},
		{"Twice", packRaw(t, stored("a", "a", 1), stored("A", "b", 1)), ErrDamaged},
		{"Encrypted", packRaw(t, encrypted), ErrEncrypted},
		{"PackedBeyondFile", packedBeyondFile(t), ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := openContainer(c.in); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// said is an entry with little in it, that says it is size bytes unpacked of
// as many as the ratio allows.
func said(name string, size uint64) entry {
	content := strings.Repeat("a", int(min(size, 300<<20)/maxRatio)+1)
	return stored(name, content, size)
}

// packedBeyondFile has an entry that says it is larger, packed, than the file.
func packedBeyondFile(t testing.TB) []byte {
	b := packRaw(t, stored("a", "a", 1))
	at := bytes.Index(b, magicEntry)
	binary.LittleEndian.PutUint32(b[at+20:], 1<<30)
	return b
}

// TestDotsInNames: two dots are refused as a folder only.
func TestDotsInNames(t *testing.T) {
	if _, err := openContainer(packRaw(t, stored("word/a..b.xml", "a", 1))); err != nil {
		t.Error(err)
	}
}

// TestLyingSize: what comes out of an entry is counted again, whatever the
// directory says.
func TestLyingSize(t *testing.T) {
	bomb := pack(t, map[string]string{"word/document.xml": "<a>" + strings.Repeat(" ", 8<<20) + "</a>"})
	at := strings.Index(bomb, string(magicEntry))
	small := []byte(bomb)
	binary.LittleEndian.PutUint32(small[at+24:], 1000) // the unpacked size in the directory
	c, err := openContainer(small)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.walk("word/document.xml", visitor{}); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if unpacked := maxUnpacked - c.left; unpacked > 1<<20 {
		t.Errorf("%d bytes were unpacked", unpacked)
	}
}

// TestUnpackedTogether: the limit holds for all entries that are read.
func TestUnpackedTogether(t *testing.T) {
	c, err := openContainer(packRaw(t, stored("a", "aaaa", 4), stored("b", "bbbb", 4)))
	if err != nil {
		t.Fatal(err)
	}
	c.left = 6
	if _, err := c.bytes("a", 4); err != nil {
		t.Error(err)
	}
	if _, err := c.bytes("b", 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if _, err := c.bytes("b", 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// FuzzContainer: no container makes the readers fall over, and what they give
// keeps to the limits.
func FuzzContainer(f *testing.F) {
	f.Add("a.docx", []byte(pack(f, wordFile(`<w:p><w:r><w:t>a</w:t><w:br w:type="page"/></w:r></w:p>`))))
	f.Add("a.xlsx", []byte(pack(f, workbook(`<si><t>a</t></si>`, `<row><c t="s"><v>0</v></c></row>`))))
	f.Add("a.pptx", []byte(pack(f, presentation(`<a:p><a:r><a:t>a</a:t></a:r></a:p>`))))
	f.Add("a.odt", []byte(pack(f, openText(`<text:p text:style-name="P1">a<text:s text:c="3"/></text:p>`))))
	f.Add("a.ods", packRaw(f, stored(entryMimetype, "application/vnd.oasis.opendocument.spreadsheet", 46), stored(entryContent, `<a><table><table-row><table-cell><p>a</p></table-cell></table-row></table></a>`, 79)))
	f.Add("a.docx", packedBeyondFile(f))
	f.Fuzz(func(t *testing.T, name string, in []byte) {
		k, err := kindOf(name)
		if err != nil || k == kindPDF {
			t.Skip("a name that is no container's: PDF has a target of its own")
		}
		checkText(t, name, in)
	})
}

// FuzzMarkup: no content of a document makes the readers fall over.
func FuzzMarkup(f *testing.F) {
	f.Add(`<w:p><w:r><w:t>a</w:t><w:tab/><w:br w:type="page"/></w:r></w:p>`)
	f.Add(`<text:p text:style-name="P1">a<text:s text:c="3"/></text:p></text:p>`)
	f.Add(`<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row></table:table>`)
	f.Add(`<row><c t="s"><v>0</v></c></row>`)
	f.Fuzz(func(t *testing.T, in string) {
		for name, entries := range map[string]map[string]string{
			"a.docx": wordFile(in), "a.odt": openText(in), "a.ods": openFile("spreadsheet", in),
			"a.odp": openFile("presentation", in), "a.pptx": presentation(in), "a.xlsx": workbook(in, in),
		} {
			checkText(t, name, []byte(pack(t, entries)))
		}
	})
}

// checkText reads a file and holds what it gives to the limits.
func checkText(t *testing.T, name string, in []byte) {
	t.Helper()
	text, err := (&reader{}).read(name, in)
	if err != nil {
		known := false
		for _, e := range failures {
			known = known || errors.Is(err, e)
		}
		if !known {
			t.Errorf("%s: an error of no kind: %v", name, err)
		}
		return
	}
	var b bytes.Buffer
	if err := writeAnswer(&b, text, nil); err != nil {
		t.Errorf("%s: write: %v", name, err)
	}
	if _, err := readAnswer(&b); err != nil {
		t.Errorf("%s: %d pages of %d: %v", name, len(text.Pages), text.Count, err)
	}
}
