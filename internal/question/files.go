package question

import (
	"slices"

	"nmirfhub/internal/hub"
)

// MostFiles is how many files an answer holds, unless its question says so.
const MostFiles = 10

// files are the ids of the files that answer the question in a record.
func (q *Question) files(r *hub.Record) []string {
	var all []string
	for _, a := range r.Attachments {
		if a.Question == q.Code {
			all = append(all, a.ID)
		}
	}
	return all
}

// keepFiles takes the files out of a record that an answer names no more. It
// adds none: see Attach.
func (q *Question) keepFiles(r *hub.Record, a Answer) {
	var ids []string
	decode(a, &ids)
	r.Attachments = slices.DeleteFunc(r.Attachments, func(a hub.Attachment) bool {
		return a.Question == q.Code && !slices.Contains(ids, a.ID)
	})
	q.closeFiles(r)
}

// closeFiles has the files be read by whoever may read the answer.
func (q *Question) closeFiles(r *hub.Record) {
	for i := range r.Attachments {
		if r.Attachments[i].Question == q.Code {
			r.Attachments[i].Closed = q.Closed(r)
		}
	}
}

// Attach adds a file to the answer in a record, which must not share its
// slices with another: see Loosen. hub.Invalid where the question takes no
// file, or has as many as it may.
func (q *Question) Attach(r *hub.Record, a hub.Attachment) error {
	if q.Form != Files {
		return wrong(q.Code, hub.ReasonUnknown)
	}
	if most := orMost(q.Most, MostFiles); len(q.files(r)) >= most {
		return tooMuch(q.Code, hub.ReasonTooMany, most)
	}
	a.Question = q.Code
	r.Attachments = append(r.Attachments, a)
	q.closeFiles(r)
	return nil
}

// checkFiles says whether the files of a record may be read by whoever may
// read the answer, and by nobody else.
func (q *Question) checkFiles(r *hub.Record) error {
	for _, a := range r.Attachments {
		if a.Question == q.Code && a.Closed != q.Closed(r) {
			return wrong(q.Code, hub.ReasonFormat)
		}
	}
	return nil
}
