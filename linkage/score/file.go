package score

import (
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

// Check refuses a model that was changed since Save gave it its hash, or that could not judge.
func (m *Model) Check() error {
	hash, err := m.Sum()
	if err != nil {
		return fmt.Errorf("model %s: %w", m.Kind, err)
	}
	if hash != m.Hash {
		return fmt.Errorf("model %s: %w: the file says %.12s, its content is %.12s\n"+
			"hint: it was edited or damaged; take it again from the run that made it, or train anew", m.Kind, ErrHash, m.Hash, hash)
	}
	if err := m.Validate(); err != nil {
		return fmt.Errorf("model %s: %w", m.Kind, err)
	}
	return nil
}
