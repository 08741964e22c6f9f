package score

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Sum is the hash of all of the model but Hash: SHA-256 in hex.
func (m *Model) Sum() (string, error) {
	c := *m
	c.Hash = ""
	text, err := json.Marshal(&c)
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:]), nil
}

// Save sets the model's Hash and writes it as JSON: the same model is the same bytes.
func (m *Model) Save(w io.Writer) error {
	if err := m.Validate(); err != nil {
		return fmt.Errorf("model %s: %w", m.Kind, err)
	}
	hash, err := m.Sum()
	if err != nil {
		return fmt.Errorf("model %s: %w", m.Kind, err)
	}
	m.Hash = hash
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return fmt.Errorf("model %s: %w", m.Kind, err)
	}
	return nil
}

// ErrHash is that of a model file that is not what was saved.
var ErrHash = errors.New("the hash doesn't fit")

// Load reads a model that Save wrote, and refuses one that was changed since or that could not judge.
func Load(r io.Reader) (*Model, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	m := &Model{}
	if err := d.Decode(m); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the file ends early")
		}
		return nil, fmt.Errorf("model: byte %d: %w\n"+
			"hint: it must be a model file as it was saved by this version; train again if there is none", d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("model: byte %d: more follows the model\nhint: one file holds one model", d.InputOffset())
	}
	hash, err := m.Sum()
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Kind, err)
	}
	if hash != m.Hash {
		return nil, fmt.Errorf("model %s: %w: the file says %.12s, its content is %.12s\n"+
			"hint: it was edited or damaged; take it again from the run that made it, or train anew",
			m.Kind, ErrHash, m.Hash, hash)
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Kind, err)
	}
	return m, nil
}
