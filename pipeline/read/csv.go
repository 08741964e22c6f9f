package read

import (
	"slices"
	"strings"
)

// csvBody is the text of a CSV file after its header. A line is a row: no value of these collections holds a line break, so a quotation
// mark that is left open can't swallow the lines after it.
type csvBody struct {
	text string
	line int // of the file, of the first line of text
	sep  byte
}

// separators are those that spreadsheet programs write, by the user's language; the comma first.
const separators = ",;\t|"

// csv finds the header, and by it the separator and the module.
func (o opening) csv(text, encoding string) *File {
	f := o.file(CSV)
	f.Encoding = encoding
	known := knownNames(o.d)
	sep := byte(0)
	for at, line := 0, 1; at < len(text); line++ {
		s, next := cut(text, at)
		at = next
		if len(s) == 5 && strings.EqualFold(s[:4], "sep=") && strings.IndexByte(separators, s[4]) >= 0 { // some programs say first what they separate with
			sep = s[4]
			continue
		}
		if strings.Trim(s, " \r\u00a0\""+separators) == "" { // a workbook saved as CSV may begin with rows of blanks
			continue
		}
		by := sep
		if by == 0 {
			by = separator(s, known)
		}
		head, _ := split(s, by, nil)
		if !slices.ContainsFunc(head, func(h string) bool { return clean(h) != "" }) { // None in each cell is blank too
			continue
		}
		b := &csvBody{text: text[at:], line: line + 1, sep: by}
		f.Rows, f.body = b.count(), b
		o.header(f, head, line)
		if f.stack != nil {
			f.countReturns()
		}
		if encoding == windowsText {
			f.problem("windows_1252", "")
		}
		return f
	}
	f.problem("unreadable_file", "the file is empty")
	return f
}

// separator is the one that shows most names of columns in a header.
func separator(header string, known map[string]bool) (best byte) {
	most := -1
	for i := range len(separators) {
		cells, _ := split(header, separators[i], nil)
		n := 0
		for _, c := range cells {
			if known[strings.ToUpper(clean(c))] {
				n++
			}
		}
		if n > most {
			best, most = separators[i], n
		}
	}
	return best
}

// cut gives the line that begins at a place in text, without its end, and where the next begins.
func cut(text string, at int) (line string, next int) {
	end := strings.IndexByte(text[at:], '\n')
	if end < 0 {
		return strings.TrimSuffix(text[at:], "\r"), len(text)
	}
	return strings.TrimSuffix(text[at:at+end], "\r"), at + end + 1
}

// count is how many rows aren't blank.
func (b *csvBody) count() (n int64) {
	var cells []string
	for at := 0; at < len(b.text); {
		s, next := cut(b.text, at)
		at = next
		if s == "" {
			continue
		}
		if c := s[0]; c > ' ' && c < 0x7f && c != b.sep && c != '"' {
			n++
			continue
		}
		if cells, _ = split(s, b.sep, cells[:0]); !blank(cells) {
			n++
		}
	}
	return n
}

func (b *csvBody) each(fn func(*raw) error) error {
	r := &raw{}
	next := 0
	for line := b.line; next < len(b.text); line++ {
		r.at, r.line = next, line
		next = b.read(r)
		if blank(r.cells) {
			continue
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (b *csvBody) row(r *raw) { b.read(r) }

// read gives the row at r.at, and where the next begins.
func (b *csvBody) read(r *raw) (next int) {
	var s string
	s, next = cut(b.text, r.at)
	r.unfinished = next == len(b.text) && b.text[next-1] != '\n'
	r.cells, r.open = split(s, b.sep, r.cells[:0])
	return next
}

// split cuts a line into cells. A mark inside a value stands as it is; a line that leaves a mark open is cut as if it had none.
func split(line string, sep byte, cells []string) (_ []string, open bool) {
	if strings.IndexByte(line, '"') < 0 {
		return plain(line, sep, cells), false
	}
	n := len(cells)
	for at := 0; ; {
		if at == len(line) || line[at] != '"' {
			end := strings.IndexByte(line[at:], sep)
			if end < 0 || len(cells) >= maxColumns {
				return append(cells, line[at:]), false
			}
			cells = append(cells, line[at:at+end])
			at += end + 1
			continue
		}
		var cell strings.Builder // used only for a value that has a mark in it
		from := at + 1
		for at = from; ; {
			end := strings.IndexByte(line[at:], '"')
			if end < 0 {
				return plain(strings.ReplaceAll(line, `"`, " "), sep, cells[:n]), true
			}
			at += end + 1
			if at == len(line) || line[at] == sep {
				break
			}
			if cell.WriteString(line[from:at]); line[at] == '"' {
				at++
			}
			from = at
		}
		if cell.Len() == 0 {
			cells = append(cells, line[from:at-1])
		} else {
			cell.WriteString(line[from : at-1])
			cells = append(cells, cell.String())
		}
		if at == len(line) {
			return cells, false
		}
		if at++; len(cells) >= maxColumns {
			return append(cells, line[at:]), false
		}
	}
}

func plain(line string, sep byte, cells []string) []string {
	for {
		end := strings.IndexByte(line, sep)
		if end < 0 || len(cells) >= maxColumns {
			return append(cells, line)
		}
		cells = append(cells, line[:end])
		line = line[end+1:]
	}
}
