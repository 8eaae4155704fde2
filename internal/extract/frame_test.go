package extract

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestAnswer(t *testing.T) {
	var cover bytes.Buffer
	if err := encodeBlank(&cover, coverWidth, 20); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		text Text
	}{
		{"Empty", Text{Pages: []string{""}, Count: 1}},
		{"Pages", Text{Pages: []string{"a", "", "حقوق"}, Count: 7, Truncated: true}},
		{"Cover", Text{Pages: []string{"a"}, Count: 1, Cover: cover.Bytes()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := writeAnswer(&b, c.text, nil); err != nil {
				t.Fatal(err)
			}
			got, err := readAnswer(&b)
			if err != nil || !same(got, c.text) || b.Len() > 0 {
				t.Errorf("got %+v, %v, %d bytes left", got, err, b.Len())
			}
		})
	}
}

func TestAnswerErrors(t *testing.T) {
	for _, want := range failures {
		var b bytes.Buffer
		if err := writeAnswer(&b, Text{}, fmt.Errorf("%w: for this reason", want)); err != nil {
			t.Fatal(err)
		}
		_, err := readAnswer(&b)
		if !errors.Is(err, want) || err.Error() != want.Error()+": for this reason" {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	own := errors.New("the worker's own")
	if err := writeAnswer(&bytes.Buffer{}, Text{}, own); !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
}

func TestLargeCoverRefused(t *testing.T) {
	var cover bytes.Buffer
	if err := encodeBlank(&cover, coverWidth+1, 20); err != nil {
		t.Fatal(err)
	}
	if err := checkCover(cover.Bytes()); !errors.Is(err, errFrame) {
		t.Errorf("got %v", err)
	}
}

func same(a, b Text) bool {
	return slices.Equal(a.Pages, b.Pages) && a.Count == b.Count && a.Truncated == b.Truncated && bytes.Equal(a.Cover, b.Cover)
}

// FuzzRequest: whatever comes down the pipe, the worker reads a file within the
// limits or refuses.
func FuzzRequest(f *testing.F) {
	var b bytes.Buffer
	if err := writeRequest(&b, "a.pdf", []byte("content")); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(frame(`{"name":"a","size":-1}`))
	f.Add(frame(`{"name":"a","size":104857601}`))
	f.Add([]byte("\xFF\xFF\xFF\xFF"))
	f.Fuzz(func(t *testing.T, in []byte) {
		name, data, err := readRequest(bytes.NewReader(in))
		if err == nil && (len(name) > MaxName || len(data) > len(in)) {
			t.Errorf("a name of %d bytes and %d bytes of data out of %d", len(name), len(data), len(in))
		}
	})
}

// FuzzAnswer: whatever a worker answers, the pool gets a text within the limits
// or an error.
func FuzzAnswer(f *testing.F) {
	for _, t := range []Text{{Pages: []string{"a", "b"}, Count: 3}, {Pages: []string{""}, Count: 1, Truncated: true}} {
		var b bytes.Buffer
		if err := writeAnswer(&b, t, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add(append(frame(`{"count":1,"pages":[1,-1,1]}`), "ab"...))
	f.Add(frame(`{"error":"damaged","say":"\u0000\n"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		text, err := readAnswer(bytes.NewReader(in))
		if err != nil {
			return
		}
		size := len(text.Cover)
		for _, p := range text.Pages {
			size += len(p)
		}
		if len(text.Pages) > MaxPages || text.Count < len(text.Pages) || size > len(in) {
			t.Errorf("%d pages of %d, %d bytes out of %d", len(text.Pages), text.Count, size, len(in))
		}
	})
}
