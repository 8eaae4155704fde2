package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"nmirfhub/internal/hub"
)

// CSV writes a record's answers as CSV: UTF-8 with a mark that says so, since
// spreadsheet programs ask for it.
func (m *Maker) CSV(w io.Writer, o Of) error {
	rows := [][]string{o.head(), columns, m.headings(o.In)}
	for _, l := range m.lines(o) {
		rows = append(rows, l.cells())
	}
	return writeCSV(w, o.In, rows)
}

// separator is the one that spreadsheet programs in a language use for the
// most part.
func separator(l hub.Lang) rune {
	if l == hub.English || l == hub.Chinese {
		return ','
	}
	return ';'
}

func writeCSV(w io.Writer, l hub.Lang, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = separator(l), true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = disarm(cell)
		}
		c.Write(safe)
	}
	c.Flush()
	return c.Error()
}

// armed are the signs with which programs begin a formula, and the one that
// disarms them.
const armed = "=+-@\t\r'"

// disarm has spreadsheet programs take a cell for text.
func disarm(cell string) string {
	if cell != "" && strings.ContainsRune(armed, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// rearm is the inverse of disarm.
func rearm(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(armed, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// readCSV reads the cells of a CSV file in any of the encodings and with any of
// the separators that programs write.
func readCSV(raw []byte) (*grid, error) {
	text := decode(raw)
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = comma(text), -1, true
	g := &grid{}
	for n := 1; ; n++ {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, &Problem{Reason: Kind}
		}
		if n > maxRows {
			return nil, &Problem{Reason: Rows, Limit: maxRows}
		}
		for i, cell := range row[:min(len(row), maxCols)] {
			g.set(n, i, rearm(cell))
		}
	}
}

// comma is the separator that stands most often in the line of the codes.
func comma(text string) rune {
	best, most := ',', 0
	for line := range strings.Lines(text[:min(len(text), 4000)]) {
		if !strings.Contains(line, colSeen) || !strings.Contains(line, colCode) && !strings.Contains(line, colRecord) {
			continue
		}
		for _, sep := range ",;\t|" {
			if n := strings.Count(line, string(sep)); n > most {
				best, most = sep, n
			}
		}
	}
	return best
}

// isText says whether a file may be CSV: no other sort of file is without
// zeros, save where letters have two bytes.
func isText(raw []byte) bool {
	return wide(raw) != nil || !bytes.ContainsRune(raw, 0)
}
