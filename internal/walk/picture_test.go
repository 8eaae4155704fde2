package walk

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// noise is a PNG that hardly shrinks.
func noise(t *testing.T, width, height int) string {
	t.Helper()
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	grains := rand.New(rand.NewPCG(1, 2))
	for i := range drawn.Pix {
		if drawn.Pix[i] = byte(grains.Uint32()); i%4 == 3 {
			drawn.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, drawn); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var shownPicture = regexp.MustCompile(`<img src="(/files/[^"]+)" alt="([^"]*)" width="([0-9]+)" height="([0-9]+)" loading="lazy"`)

// TestPictures: pictures of a post are shown in it, small ones at once and large
// ones when they are asked for, to those who read the post and no longer than
// they may.
func TestPictures(t *testing.T) {
	s := open(t)
	author, reader, moderator, stranger := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator"), s.as(t, "tbexpert")
	thread := author.begin(t, "en", "tools", "A plan in a picture", "Who has one?")
	key := replyKey.FindStringSubmatch(author.get(t, thread).body)[1]
	form := url.Values{"act": {"attach"}, "key": {key}, "lang": {"en"}, "body": {"Here."}}
	a := author.brings(t, thread, form, map[string]string{"small.png": picture(t), "large.png": noise(t, 900, 300), "list.txt": "1. Welcome"})
	if len(shownPicture.FindAllString(a.body, -1)) != 2 {
		t.Fatalf("who attaches pictures does not see them: %d\n%s", a.status, a.body)
	}
	alts := map[string]string{}
	for _, m := range regexp.MustCompile(`for="(alt-[^"]+)">[^<]*<span class="vh">([^<]+)<`).FindAllStringSubmatch(a.body, -1) {
		alts[m[2]] = m[1]
	}
	form.Set("act", "post")
	form.Set(alts["small.png"], "Four dates on a line")
	author.brings(t, thread, form, nil)
	page := reader.get(t, thread).body
	all := shownPicture.FindAllStringSubmatch(page, -1)
	if len(all) != 2 {
		t.Fatalf("the post shows %d pictures: %s", len(all), page)
	}
	for _, m := range all {
		src, alt, size, large := m[1], m[2], m[3]+" x "+m[4], strings.Contains(m[1], "large")
		if large && (size != "480 x 160" || !strings.HasPrefix(alt, "large.")) || !large && (size != "40 x 20" || alt != "Four dates on a line") {
			t.Errorf("%s is shown as %s, %q", src, size, alt)
		}
		at := strings.Index(page, m[0])
		if shut := strings.LastIndex(page[:at], "<details") > strings.LastIndex(page[:at], "</details"); shut != large {
			t.Errorf("%s waits to be asked for: %v", src, shut)
		}
		if a := reader.get(t, src); a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "image/") {
			t.Errorf("%s: %d", src, a.status)
		}
		if a := stranger.get(t, src); a.status != http.StatusNotFound {
			t.Errorf("a stranger gets %d", a.status)
		}
	}
	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"2"}, "why": {"to be looked at"}})
	if page := reader.get(t, thread).body; shownPicture.MatchString(page) {
		t.Error("a hidden post shows its pictures")
	}
	for _, m := range all {
		if a := reader.get(t, m[1]); a.status != http.StatusNotFound {
			t.Errorf("of a hidden post a reader gets %d", a.status)
		}
	}
}

// TestPicturesLoaded: a browser loads a small picture with the page, and a large
// one when it is asked for; nothing moves.
func TestPicturesLoaded(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	author := s.as(t, "member")
	thread := author.begin(t, "en", "tools", "Pictures", "Here?")
	key := replyKey.FindStringSubmatch(author.get(t, thread).body)[1]
	form := url.Values{"act": {"post"}, "key": {key}, "lang": {"en"}, "body": {"Here."}}
	author.brings(t, thread, form, map[string]string{"small.png": noise(t, 60, 40), "large.png": noise(t, 900, 300)})
	b := openBrowser(t)
	b.set(t, window{390, true, false})
	b.signIn(t, s, "member2")
	const loaded = `performance.getEntriesByType("resource").filter((e) => e.name.includes("/files/")).map((e) => e.name.split("/").pop()).join(" ")`
	const drawn = `[...document.querySelectorAll(".attached img")].filter((i) => i.complete && i.naturalWidth > 0).length`
	var first, then string
	var wide bool
	b.run(t,
		chromedp.Navigate(s.url+thread),
		chromedp.Evaluate(`document.querySelector(".attached").scrollIntoView()`, nil),
		chromedp.Poll(drawn+" === 1", nil),
		chromedp.Evaluate(loaded, &first),
		chromedp.Click(".attached summary", chromedp.ByQuery),
		chromedp.Poll(drawn+" === 2", nil),
		chromedp.Evaluate(loaded, &then),
		chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide),
	)
	if !strings.HasPrefix(first, "small.") || strings.Contains(first, "large") || !strings.Contains(then, "large.") || wide {
		t.Errorf("first %q, then %q; wider than the window: %v", first, then, wide)
	}
}
