package meili_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// standIn answers like a Meilisearch 1.18 in what the adapter asks of it. It
// is made from facts of the server's source and documentation, named where
// they are used; it is no search engine, and its order is only roughly the
// server's. The suite runs on a real server with HUB_TEST_MEILI_URL.
type standIn struct {
	key string

	mu      sync.Mutex
	indexes map[string]*standIndex
	tasks   []*standTask
	broken  int // answer everything with this status
}

type standIndex struct {
	docs     map[string]map[string]any
	settings struct {
		SearchableAttributes, FilterableAttributes, SortableAttributes []string
		Pagination                                                     struct{ MaxTotalHits int }
	}
}

// standTask is done when it is asked for the second time, like a task of a
// server that has something else to do first.
type standTask struct {
	uid    int
	looked int
	do     func() string // returns the code of an error
	code   string
}

const standKey = "a key for the tests"

func newStandIn(t testing.TB) (*standIn, string) {
	t.Helper()
	s := &standIn{key: standKey, indexes: map[string]*standIndex{}}
	h := http.NewServeMux()
	h.HandleFunc("POST /indexes", s.createIndex)
	h.HandleFunc("DELETE /indexes/{uid}", s.deleteIndex)
	h.HandleFunc("PATCH /indexes/{uid}/settings", s.setSettings)
	h.HandleFunc("POST /indexes/{uid}/documents", s.addDocuments)
	h.HandleFunc("POST /indexes/{uid}/documents/delete-batch", s.deleteDocuments)
	h.HandleFunc("POST /indexes/{uid}/documents/fetch", s.fetchDocuments)
	h.HandleFunc("POST /swap-indexes", s.swapIndexes)
	h.HandleFunc("GET /tasks/{uid}", s.task)
	h.HandleFunc("POST /multi-search", s.multiSearch)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case s.broken != 0:
			http.Error(w, "<html>upstream</html>", s.broken)
		case r.Header.Get("Authorization") == "":
			refuse(w, http.StatusUnauthorized, "missing_authorization_header", "auth")
		case r.Header.Get("Authorization") != "Bearer "+s.key:
			refuse(w, http.StatusForbidden, "invalid_api_key", "auth")
		default:
			h.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return s, srv.URL
}

func refuse(w http.ResponseWriter, status int, code, kind string) {
	answerJSON(w, status, map[string]string{"message": "a message that echoes what was asked", "code": code, "type": kind, "link": "https://docs.meilisearch.com/errors#" + code})
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// enqueue answers like every change: 202 at once, done later.
func (s *standIn) enqueue(w http.ResponseWriter, kind, index string, do func() string) {
	t := &standTask{uid: len(s.tasks), do: do}
	s.tasks = append(s.tasks, t)
	answerJSON(w, http.StatusAccepted, map[string]any{"taskUid": t.uid, "indexUid": index, "status": "enqueued", "type": kind, "enqueuedAt": "2026-11-23T00:00:00Z"})
}

// task tells how far a task is. Tasks are done in their order.
func (s *standIn) task(w http.ResponseWriter, r *http.Request) {
	uid, err := strconv.Atoi(r.PathValue("uid"))
	if err != nil || uid >= len(s.tasks) {
		refuse(w, http.StatusNotFound, "task_not_found", "invalid_request")
		return
	}
	asked := s.tasks[uid]
	asked.looked++
	if asked.looked > 1 {
		for _, t := range s.tasks[:uid+1] {
			if t.do != nil {
				t.code, t.do = t.do(), nil
			}
		}
	}
	body := map[string]any{"uid": uid, "status": "processing", "type": "documentAdditionOrUpdate", "enqueuedAt": "2026-11-23T00:00:00Z"}
	if asked.do == nil {
		body["status"] = "succeeded"
		if asked.code != "" {
			body["status"], body["error"] = "failed", map[string]string{"message": "no", "code": asked.code, "type": "invalid_request", "link": ""}
		}
	}
	answerJSON(w, http.StatusOK, body)
}

func (s *standIn) createIndex(w http.ResponseWriter, r *http.Request) {
	var c struct{ UID string }
	json.NewDecoder(r.Body).Decode(&c)
	s.enqueue(w, "indexCreation", c.UID, func() string {
		if s.indexes[c.UID] != nil {
			return "index_already_exists"
		}
		s.indexes[c.UID] = &standIndex{docs: map[string]map[string]any{}}
		return ""
	})
}

func (s *standIn) deleteIndex(w http.ResponseWriter, r *http.Request) {
	uid := r.PathValue("uid")
	s.enqueue(w, "indexDeletion", uid, func() string {
		if s.indexes[uid] == nil {
			return "index_not_found"
		}
		delete(s.indexes, uid)
		return ""
	})
}

func (s *standIn) setSettings(w http.ResponseWriter, r *http.Request) {
	uid := r.PathValue("uid")
	var raw json.RawMessage
	json.NewDecoder(r.Body).Decode(&raw)
	s.enqueue(w, "settingsUpdate", uid, func() string {
		json.Unmarshal(raw, &s.indexes[uid].settings)
		return ""
	})
}

func (s *standIn) addDocuments(w http.ResponseWriter, r *http.Request) {
	uid := r.PathValue("uid")
	var docs []map[string]any
	json.NewDecoder(r.Body).Decode(&docs)
	s.enqueue(w, "documentAdditionOrUpdate", uid, func() string {
		if s.indexes[uid] == nil { // an unknown index is made
			s.indexes[uid] = &standIndex{docs: map[string]map[string]any{}}
		}
		for _, d := range docs {
			s.indexes[uid].docs[d["id"].(string)] = d
		}
		return ""
	})
}

func (s *standIn) deleteDocuments(w http.ResponseWriter, r *http.Request) {
	uid := r.PathValue("uid")
	var ids []string
	json.NewDecoder(r.Body).Decode(&ids)
	s.enqueue(w, "documentDeletion", uid, func() string {
		for _, id := range ids {
			delete(s.indexes[uid].docs, id)
		}
		return ""
	})
}

func (s *standIn) swapIndexes(w http.ResponseWriter, r *http.Request) {
	var pairs []struct{ Indexes []string }
	json.NewDecoder(r.Body).Decode(&pairs)
	s.enqueue(w, "indexSwap", "", func() string {
		for _, p := range pairs {
			s.indexes[p.Indexes[0]], s.indexes[p.Indexes[1]] = s.indexes[p.Indexes[1]], s.indexes[p.Indexes[0]]
		}
		return ""
	})
}

func (s *standIn) fetchDocuments(w http.ResponseWriter, r *http.Request) {
	x := s.indexes[r.PathValue("uid")]
	if x == nil {
		refuse(w, http.StatusNotFound, "index_not_found", "invalid_request")
		return
	}
	var q struct {
		Offset, Limit int
		Fields, IDs   []string
	}
	json.NewDecoder(r.Body).Decode(&q)
	var all []map[string]any
	for _, d := range x.docs {
		if q.IDs == nil || slices.Contains(q.IDs, d["id"].(string)) {
			all = append(all, only(d, q.Fields))
		}
	}
	slices.SortFunc(all, byID)
	page := all[min(q.Offset, len(all)):min(q.Offset+q.Limit, len(all))]
	answerJSON(w, http.StatusOK, map[string]any{"results": append([]map[string]any{}, page...), "offset": q.Offset, "limit": q.Limit, "total": len(all)})
}

func byID(a, b map[string]any) int { return cmp.Compare(a["id"].(string), b["id"].(string)) }

func only(d map[string]any, fields []string) map[string]any {
	o := map[string]any{}
	for _, f := range fields {
		o[f] = d[f]
	}
	return o
}

type standQuery struct {
	IndexUID, Q, MatchingStrategy      string
	Filter                             []any
	Sort, AttributesToRetrieve, Facets []string
	AttributesToSearchOn               []string
	Limit, Offset                      int
}

func (s *standIn) multiSearch(w http.ResponseWriter, r *http.Request) {
	var m struct {
		Federation *struct {
			Offset, Limit int
			FacetsByIndex map[string][]string
			MergeFacets   *struct{}
		}
		Queries []standQuery
	}
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		refuse(w, http.StatusBadRequest, "malformed_payload", "invalid_request")
		return
	}
	type hit struct {
		doc   map[string]any
		score float64
		sort  string
	}
	var merged []hit
	var results []map[string]any
	union := map[string]map[string]bool{} // a document found by several questions counts once
	for i, q := range m.Queries {
		x := s.indexes[q.IndexUID]
		if x == nil {
			refuse(w, http.StatusBadRequest, "index_not_found", "invalid_request")
			return
		}
		if code := x.undeclared(q); code != "" {
			refuse(w, http.StatusBadRequest, code, "invalid_request")
			return
		}
		var hits []hit
		for _, d := range x.docs {
			score, found := x.match(d, q)
			if !found {
				continue
			}
			h := hit{doc: only(d, q.AttributesToRetrieve), score: score}
			h.doc["id"] = d["id"]
			h.doc["_federation"] = map[string]any{"indexUid": q.IndexUID, "queriesPosition": i, "weightedRankingScore": score}
			if len(q.Sort) > 0 {
				h.sort, _ = d["date"].(string)
			}
			hits = append(hits, h)
			if union[q.IndexUID] == nil {
				union[q.IndexUID] = map[string]bool{}
			}
			if !union[q.IndexUID][d["id"].(string)] {
				union[q.IndexUID][d["id"].(string)] = true
				merged = append(merged, h)
			} else if at := slices.IndexFunc(merged, func(o hit) bool { return o.doc["id"] == d["id"] }); merged[at].score < score {
				merged[at] = h
			}
		}
		limit := cmp.Or(q.Limit, 20)
		var page []map[string]any
		for _, h := range hits[:min(limit, len(hits))] {
			page = append(page, h.doc)
		}
		results = append(results, map[string]any{"indexUid": q.IndexUID, "hits": append([]map[string]any{}, page...), "estimatedTotalHits": len(hits), "query": q.Q, "limit": limit, "offset": 0, "processingTimeMs": 0})
	}
	if m.Federation == nil {
		answerJSON(w, http.StatusOK, map[string]any{"results": results})
		return
	}
	slices.SortStableFunc(merged, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.sort, a.sort), cmp.Compare(b.score, a.score), byID(a.doc, b.doc))
	})
	total, limit := len(merged), cmp.Or(m.Federation.Limit, 20)
	var page []map[string]any
	for _, h := range merged[min(m.Federation.Offset, total):min(m.Federation.Offset+limit, total)] {
		page = append(page, h.doc)
	}
	body := map[string]any{"hits": append([]map[string]any{}, page...), "estimatedTotalHits": total, "limit": limit, "offset": m.Federation.Offset, "processingTimeMs": 0}
	if len(m.Federation.FacetsByIndex) > 0 && m.Federation.MergeFacets != nil {
		counts := map[string]map[string]int{}
		for uid, facets := range m.Federation.FacetsByIndex {
			for id := range union[uid] {
				for _, f := range facets {
					for _, v := range stringsOf(s.indexes[uid].docs[id][f]) {
						if counts[f] == nil {
							counts[f] = map[string]int{}
						}
						counts[f][v]++
					}
				}
			}
		}
		body["facetDistribution"], body["facetStats"] = counts, map[string]any{}
	}
	answerJSON(w, http.StatusOK, body)
}

// undeclared is the error of a question that uses what was not declared.
func (x *standIndex) undeclared(q standQuery) string {
	for _, c := range conditions(q.Filter) {
		for _, one := range c {
			if !slices.Contains(x.settings.FilterableAttributes, one[0]) {
				return "invalid_search_filter"
			}
		}
	}
	for _, s := range q.Sort {
		if attr, _, _ := strings.Cut(s, ":"); !slices.Contains(x.settings.SortableAttributes, attr) {
			return "invalid_search_sort"
		}
	}
	return ""
}

var condition = regexp.MustCompile(`^(\w+) = "((?:[^"\\]|\\.)*)"$`)

// conditions reads a filter: rows of which each must have one that is true.
func conditions(filter []any) (all [][][2]string) {
	read := func(v any) [2]string {
		m := condition.FindStringSubmatch(v.(string))
		if m == nil {
			panic(fmt.Sprintf("a filter that the server could not read: %q", v))
		}
		return [2]string{m[1], regexp.MustCompile(`\\(.)`).ReplaceAllString(m[2], "$1")}
	}
	for _, f := range filter {
		var row [][2]string
		if any, is := f.([]any); is {
			for _, v := range any {
				row = append(row, read(v))
			}
		} else {
			row = append(row, read(f))
		}
		all = append(all, row)
	}
	return all
}

func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, x.(string))
		}
		return all
	}
	return nil
}

// match says whether a document is found, and how well: by how early in the
// order of attributes its words stand.
func (x *standIndex) match(d map[string]any, q standQuery) (float64, bool) {
	for _, row := range conditions(q.Filter) {
		if !slices.ContainsFunc(row, func(c [2]string) bool { return slices.Contains(stringsOf(d[c[0]]), c[1]) }) {
			return 0, false
		}
	}
	attrs := x.settings.SearchableAttributes
	terms, unwanted := readQuestion(q.Q)
	for _, u := range unwanted {
		if x.where(d, attrs, u) >= 0 {
			return 0, false
		}
	}
	score := 1.0
	for _, term := range terms {
		at := -1
		if q.AttributesToSearchOn != nil {
			at = x.where(d, q.AttributesToSearchOn, term)
		} else {
			at = x.where(d, attrs, term)
		}
		if at < 0 {
			return 0, false
		}
		score -= float64(at) / float64(len(attrs)*len(terms)+1)
	}
	return score, true
}

// standTerm is a word or phrase of a question. Quoted ones are matched as they
// are, one word too; others with slips of the finger, the last as a beginning.
type standTerm struct {
	words         []string
	quoted, begun bool
}

// readQuestion takes a question apart like located_query_terms_from_tokens of
// the server: "-" before a word or a quotation leaves it out, and of the other
// terms ten are read.
func readQuestion(q string) (terms, unwanted []standTerm) {
	for _, m := range regexp.MustCompile(`(-?)"([^"]*)"|(-?)([^\s"]+)`).FindAllStringSubmatch(q, -1) {
		t := standTerm{words: tokenized(m[2] + m[4]), quoted: strings.Contains(m[0], `"`)}
		switch {
		case len(t.words) == 0:
		case m[1]+m[3] == "-":
			t.quoted = true
			unwanted = append(unwanted, t)
		default:
			terms = append(terms, t)
		}
	}
	if n := len(terms); n > 0 {
		terms[n-1].begun = !terms[n-1].quoted
	}
	return terms[:min(len(terms), 10)], unwanted
}

func tokenized(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) })
}

// where is the first attribute that has a term; -1 for none.
func (x *standIndex) where(d map[string]any, attrs []string, t standTerm) int {
	for i, attr := range attrs {
		for _, text := range stringsOf(d[attr]) {
			if t.in(tokenized(text)) {
				return i
			}
		}
	}
	return -1
}

func (t standTerm) in(text []string) bool {
	if !t.quoted {
		return slices.ContainsFunc(text, func(w string) bool {
			n := len([]rune(t.words[0]))
			slips := 0
			if n >= 4 && !strings.ContainsAny(t.words[0], "0123456789") {
				slips = 1 + n/8*min(1, n/8)
			}
			slips = min(slips, 2)
			return w == t.words[0] || t.begun && strings.HasPrefix(w, t.words[0]) || slips > 0 && near(t.words[0], w, slips)
		})
	}
	for from := 0; from+len(t.words) <= len(text); from++ {
		if slices.Equal(text[from:from+len(t.words)], t.words) {
			return true
		}
	}
	return false
}

// near says whether words differ in at most so many letters, or neighbours in
// the wrong order.
func near(a, b string, most int) bool {
	x, y := []rune(a), []rune(b)
	if len(x) == 0 || len(y) == 0 {
		return len(x)+len(y) <= most
	}
	if x[0] == y[0] {
		return near(string(x[1:]), string(y[1:]), most)
	}
	if most == 0 {
		return false
	}
	if len(x) > 1 && len(y) > 1 && x[0] == y[1] && x[1] == y[0] && near(string(x[2:]), string(y[2:]), most-1) {
		return true
	}
	return near(string(x[1:]), string(y[1:]), most-1) || near(string(x[1:]), b, most-1) || near(a, string(y[1:]), most-1)
}
