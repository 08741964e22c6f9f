package read

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The encodings that text is read in.
const (
	utf8Text    = "UTF-8"
	utf16Text   = "UTF-16"
	windowsText = "Windows-1252"
)

// decode reads text by its byte order mark, else as UTF-8, else as Windows-1252.
func decode(b []byte) (text, encoding string, err error) {
	b = bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf})
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		encoding = utf16Text
		b, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(b[:len(b)&^1])
	case len(b) > 3 && b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0:
		encoding = utf16Text
		b, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(b[:len(b)&^1])
	case len(b) > 3 && b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0:
		encoding = utf16Text
		b, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(b[:len(b)&^1])
	case utf8.Valid(b):
		encoding = utf8Text
	case utf8.Valid(whole(b)) && !ascii(whole(b)):
		b, encoding = whole(b), utf8Text
	default:
		encoding = windowsText
		b, err = charmap.Windows1252.NewDecoder().Bytes(b)
	}
	if err != nil {
		return "", encoding, errors.New("the text isn't valid in its own encoding")
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", encoding, errors.New("the file has NUL bytes: not text")
	}
	text = string(b)
	if !strings.Contains(text, "\n") { // line ends of old spreadsheet programs
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, encoding, nil
}

// whole leaves out a character that the end of the file cuts.
func whole(b []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
