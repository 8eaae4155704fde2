package api

import (
	"strings"
	"testing"
)

type sent struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		raw string
		ok  bool
	}{
		"OK": {`{"title":"a","tags":["b"]}`, true}, "Empty": {``, false}, "Half": {`{"title":"a"`, false}, "List": {`[]`, false},
		"Unknown": {`{"title":"a","$ne":""}`, false}, "Twice": {`{"title":"a","title":"b"}`, false}, "Escaped": {`{"title":"a","tit\u006ce":"b"}`, false},
		"More": {`{"title":"a"}{}`, false}, "Wrong": {`{"title":{"$ne":""}}`, false}, "Bytes": {"{\"title\":\"\xff\"}", false},
		"Deep": {`{"tags":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, false}, "Huge": {`{"title":"` + strings.Repeat("a", MaxBody) + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			var s sent
			if err := decode([]byte(c.raw), &s); (err == nil) != c.ok {
				t.Errorf("%v, %+v", err, s)
			}
		})
	}
}

// FuzzDecode: nothing that is sent makes it fail otherwise than by saying no.
func FuzzDecode(f *testing.F) {
	f.Add(`{"title":"a","tags":["b",{"c":[]}]}`)
	f.Add(`{"a":{"a":1,"a":2}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var s sent
		if decode([]byte(raw), &s) == nil && !strings.Contains(raw, "{") {
			t.Errorf("%q was read as %+v", raw, s)
		}
	})
}
