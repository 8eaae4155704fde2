package extract

import "testing"

func TestXMP(t *testing.T) {
	const file = `%PDF-1.7 <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"><rdf:Description xmlns:dc="d" xmlns:xmp="x" xmp:CreateDate="2016-04-30T12:00:00+02:00">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">From paper to practice</rdf:li><rdf:li xml:lang="fr">Du papier</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>OHCHR</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta> trailer`
	if got, want := xmpOf([]byte(file)), (properties{"From paper to practice", "OHCHR", "2016-04-30"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, damaged := range []string{"", "<x:xmpmeta", "<x:xmpmeta><a></x:xmpmeta>", "<x:xmpmeta>&nope;</x:xmpmeta>"} {
		if got := xmpOf([]byte(damaged)); got != (properties{}) {
			t.Errorf("%q: got %+v", damaged, got)
		}
	}
}

func TestDay(t *testing.T) {
	for s, want := range map[string]string{"D:20160430120000Z": "2016-04-30", "2016-04-30": "2016-04-30", "20160430": "2016-04-30", "": "", "D:2016": "", "yesterday!": ""} {
		if got := day(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func FuzzXMP(f *testing.F) {
	f.Add("<x:xmpmeta><title><li>x</li></title></x:xmpmeta>")
	f.Fuzz(func(t *testing.T, s string) { xmpOf([]byte(s)); day(s) })
}
