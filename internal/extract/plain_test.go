package extract

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		name, file, in, want string
		err                  error
	}{
		{"Text", "a.txt", "Hello\nworld\n", "Hello\nworld", nil},
		{"CSV", "a.CSV", "a,b\r\n1,2\r\n", "a,b\n1,2", nil},
		{"Markdown", "a.md", "# Title", "# Title", nil},
		{"Empty", "a.txt", "", "", nil},
		{"Mark", "a.txt", "\uFEFFHello", "Hello", nil},
		{"Arabic", "a.txt", "حقوق الإنسان", "حقوق الإنسان", nil},
		{"UTF16Little", "a.txt", "\xFF\xFEH\x00\xe9\x00", "Hé", nil},
		{"UTF16Big", "a.txt", "\xFE\xFF\x00H\x00\xe9", "Hé", nil},
		{"Windows", "a.txt", "caf\xe9 \x93quoted\x94", "café “quoted”", nil},
		{"Controls", "a.txt", strings.Repeat("a", sniffed) + "\x01\x7f\u0085b\u202ec", strings.Repeat("a", sniffed) + "\nbc", nil},
		{"Binary", "a.txt", "MZ\x00\x01", "", ErrUnsupported},
		{"PDF", "a.txt", "%PDF-1.4", "", ErrUnsupported},
		{"HTML", "a.txt", "  <!DOCTYPE html><p>a", "", ErrUnsupported},
		{"Script", "a.md", "<script>alert(1)</script>", "", ErrUnsupported},
		{"SVG", "a.csv", "<svg xmlns='http://www.w3.org/2000/svg'/>", "", ErrUnsupported},
		{"HTMLInUTF16", "a.txt", "\xFF\xFE<\x00h\x00t\x00m\x00l\x00", "", ErrUnsupported},
		{"Zip", "a.txt", "PK\x03\x04", "", ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := (&reader{}).read(c.file, []byte(c.in))
			if !errors.Is(err, c.err) || err == nil && (len(text.Pages) != 1 || text.Pages[0] != c.want || text.Count != 1 || text.Truncated) {
				t.Errorf("got %+v, %v\nwant %q, %v", text, err, c.want, c.err)
			}
		})
	}
}

// TestPlainCut: text beyond the limit is left out, at a rune.
func TestPlainCut(t *testing.T) {
	text, err := (&reader{}).read("a.txt", []byte("a"+strings.Repeat("é", MaxText/2)))
	if err != nil || !text.Truncated || len(text.Pages[0]) != MaxText-1 || !utf8.ValidString(text.Pages[0]) {
		t.Errorf("%d bytes, truncated %v, %v", len(text.Pages[0]), text.Truncated, err)
	}
}

// TestAgree: the content must be of the kind that the name says.
func TestAgree(t *testing.T) {
	docx := pack(t, wordFile("<w:p><w:r><w:t>a</w:t></w:r></w:p>"))
	odt := pack(t, openText("<text:p>a</text:p>"))
	compound := string(magicCompound) + strings.Repeat("\x00", 100)
	for _, c := range []struct {
		name, file, in string
		want           error
	}{
		{"WordAsWord", "a.docx", docx, nil},
		{"WordAsWorkbook", "a.xlsx", docx, ErrUnsupported},
		{"WordAsODT", "a.odt", docx, ErrUnsupported},
		{"ODTAsWord", "a.docx", odt, ErrUnsupported},
		{"ODTAsSheet", "a.ods", odt, ErrUnsupported},
		{"WordAsPDF", "a.pdf", docx, ErrUnsupported},
		{"WordAsText", "a.txt", docx, ErrUnsupported},
		{"PDFAsWord", "a.docx", "%PDF-1.4", ErrUnsupported},
		{"TextAsWord", "a.docx", "Hello", ErrUnsupported},
		{"PlainZip", "a.docx", pack(t, map[string]string{"a.txt": "a"}), ErrUnsupported},
		{"Macros", "a.docx", pack(t, map[string]string{entryTypes: `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`}), ErrUnsupported},
		{"OldWord", "a.docx", compound, ErrUnsupported},
		{"Password", "a.docx", compound + string(encryptedPackage), ErrEncrypted},
		{"Empty", "a.docx", "", ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := (&reader{}).read(c.file, []byte(c.in)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
