package extract

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// kind is what a file is, named by its usual extension.
type kind string

const (
	kindPDF  kind = "pdf"
	kindDOCX kind = "docx"
	kindXLSX kind = "xlsx"
	kindPPTX kind = "pptx"
	kindODT  kind = "odt"
	kindODS  kind = "ods"
	kindODP  kind = "odp"
	kindText kind = "txt"
	kindPNG  kind = "png"
	kindJPEG kind = "jpg"
	kindWebP kind = "webp"
)

// kindOf is the kind that the extension of a name says.
func kindOf(name string) (kind, error) {
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	switch k := kind(ext); k {
	case kindPDF, kindDOCX, kindXLSX, kindPPTX, kindODT, kindODS, kindODP, kindText, kindPNG, kindJPEG, kindWebP:
		return k, nil
	case "jpeg":
		return kindJPEG, nil
	case "csv", "md", "markdown":
		return kindText, nil
	}
	return "", fmt.Errorf("%w: extension %.16q", ErrUnsupported, ext)
}

// picture says whether files of the kind are pictures.
func (k kind) picture() bool { return k == kindPNG || k == kindJPEG || k == kindWebP }

// magicOf are the first bytes of pictures.
var magicOf = map[kind][]byte{kindPNG: []byte("\x89PNG\r\n\x1a\n"), kindJPEG: []byte("\xFF\xD8\xFF"), kindWebP: []byte("RIFF")}

// The first bytes of kinds of files.
var (
	magicPDF      = []byte("%PDF-")
	magicZip      = []byte("PK\x03\x04")
	magicCompound = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
)

// encryptedPackage is the name, in UTF-16, of the part of a compound file that
// holds an Office file under a password.
var encryptedPackage = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// read reads a file as the kind that its name says, once its first bytes agree.
func (r *reader) read(name string, data []byte) (Text, error) {
	k, err := kindOf(name)
	if err != nil {
		return Text{}, err
	}
	switch {
	case k == kindText:
		return readPlain(data)
	case len(data) == 0:
		return Text{}, fmt.Errorf("%w: no content", ErrDamaged)
	case k == kindPDF && bytes.HasPrefix(trimStart(data), magicPDF):
		return r.readPDF(data)
	case k.picture():
		return readPicture(k, data)
	case k != kindPDF && bytes.HasPrefix(data, magicZip):
		return readContainer(k, data)
	case k != kindPDF && bytes.HasPrefix(data, magicCompound) && bytes.Contains(data, encryptedPackage):
		return Text{}, ErrEncrypted
	}
	return Text{}, fmt.Errorf("%w: the content is no %s", ErrUnsupported, k)
}

// trimStart leaves out a byte order mark and white space at the start.
func trimStart(data []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\uFEFF")), " \t\r\n\f\x00")
}
