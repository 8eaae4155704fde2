package extract

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// properties are what a PDF says of itself.
type properties struct{ title, author, date string }

// maxXMP is how many bytes of XMP are read.
const maxXMP = 256 << 10

// xmpOf reads the XMP of a file, where it stands there uncompressed, as the
// format asks. What cannot be read is nothing.
func xmpOf(data []byte) properties {
	start := bytes.LastIndex(data, []byte("<x:xmpmeta")) // the last one is of the last change
	if start < 0 {
		return properties{}
	}
	data = data[start:min(len(data), start+maxXMP)]
	end := bytes.Index(data, []byte("</x:xmpmeta>"))
	if end < 0 {
		return properties{}
	}
	return readXMP(data[:end+len("</x:xmpmeta>")])
}

// readXMP reads title, first author and date of creation.
func readXMP(data []byte) properties {
	var x properties
	var path []string
	within := func(name string) bool {
		for _, p := range path {
			if p == name {
				return true
			}
		}
		return false
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		t, err := d.Token()
		if err != nil {
			return x
		}
		switch t := t.(type) {
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > 50 {
				return x
			}
			for _, a := range t.Attr {
				if a.Name.Local == "CreateDate" {
					x.put(&x.date, day(a.Value))
				}
			}
		case xml.EndElement:
			path = path[:max(len(path)-1, 0)]
		case xml.CharData:
			s := strings.TrimSpace(string(t))
			switch {
			case within("title") && within("li"):
				x.put(&x.title, s)
			case within("creator") && within("li"):
				x.put(&x.author, s)
			case within("CreateDate"):
				x.put(&x.date, day(s))
			}
		}
	}
}

func (x *properties) put(into *string, s string) {
	if *into == "" {
		*into = s
	}
}

// day is the day of a time as PDF ("D:20160430120000Z") or XMP
// ("2016-04-30T12:00:00Z") writes it; empty for none.
func day(s string) string {
	s = strings.TrimPrefix(s, "D:")
	digits := strings.ReplaceAll(s[:min(len(s), 10)], "-", "")
	if len(digits) < 8 || strings.Trim(digits[:8], "0123456789") != "" {
		return ""
	}
	return digits[:4] + "-" + digits[4:6] + "-" + digits[6:8]
}
