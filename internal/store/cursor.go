package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"nmirfhub/internal/hub"
)

// A cursor is the place of a document in an order: the values of the order
// fields and the ID as a JSON list, behind a digest that ties it to its query.
// The digest is against mix-ups and cut-off links, not against forgers: a
// cursor that somebody makes up asks for another part of the same query, which
// is theirs to ask.
const digestBytes = 8

// cursor names the place of d in the order of the plan.
func (p *Plan) cursor(d Doc) string {
	place := make([]Value, 0, len(p.Order)+1)
	for _, f := range p.Order {
		place = append(place, d.Keys[f])
	}
	return p.seal(encode(append(place, d.ID)))
}

func (p *Plan) seal(body []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(p.digest(body), body...))
}

// position reads a cursor: the values of the order fields, then the ID.
func (p *Plan) position(cursor string) ([]Value, error) {
	foreign := &hub.Invalid{Field: "cursor", Reason: hub.ReasonFormat, Value: cursor}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < digestBytes || strings.ContainsAny(cursor, "\r\n") { // line ends are left out in decoding
		return nil, foreign
	}
	body := raw[digestBytes:]
	if !bytes.Equal(raw[:digestBytes], p.digest(body)) {
		return nil, foreign
	}
	place, err := decodeValues(body)
	if err != nil || len(place) != len(p.Order)+1 {
		return nil, foreign
	}
	if id, ok := place[len(p.Order)].(string); !ok || checkID(id) != nil {
		return nil, foreign
	}
	return place, nil
}

// digest ties the body of a cursor to the query but for its bounds and limit.
func (p *Plan) digest(body []byte) []byte {
	h := sha256.New()
	h.Write(encode([]any{p.Collection, p.Index.Name, p.Index.Fields, p.Equal, p.Desc}))
	h.Write(body)
	return h.Sum(nil)[:digestBytes]
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode cursor: %v", err)) // strings, numbers and lists of them always encode
	}
	return b
}

func decodeValues(raw []byte) ([]Value, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var values []Value
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	for i, v := range values {
		switch v := v.(type) {
		case string:
		case json.Number:
			n, err := v.Int64()
			if err != nil {
				return nil, err
			}
			values[i] = n
		default:
			return nil, fmt.Errorf("%T in a cursor", v)
		}
	}
	return values, nil
}
