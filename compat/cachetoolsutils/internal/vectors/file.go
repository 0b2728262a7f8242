package vectors

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// File is one file of vectors: a set of cases.
type File struct {
	Path  string
	Cases []Case
}

// Case is one case of a file, of any kind. Decode returns it as its kind.
type Case struct {
	ID   string
	data json.RawMessage
	keys map[string]json.RawMessage
}

// Read reads a file. It returns an error if the number of cases is not the file's count, if the encoding is unknown, or
// if a case has no id.
func Read(path string) (File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	var raw struct {
		Encoding string            `json:"encoding"`
		Count    int               `json:"count"`
		Cases    []json.RawMessage `json:"cases"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	if raw.Encoding != "hex" || raw.Count != len(raw.Cases) {
		return File{}, fmt.Errorf("%s: no vectors: encoding %q, %d cases of %d", path, raw.Encoding, len(raw.Cases), raw.Count)
	}
	file := File{Path: path}
	for _, data := range raw.Cases {
		c := Case{data: data}
		if err := json.Unmarshal(data, &c.keys); err != nil {
			return File{}, fmt.Errorf("%s: %w", path, err)
		}
		if err := json.Unmarshal(c.keys["id"], &c.ID); err != nil {
			return File{}, fmt.Errorf("%s: a case has no id: %w", path, err)
		}
		file.Cases = append(file.Cases, c)
	}
	return file, nil
}

// ReadAll reads every file of a folder whose name ends in .json. It returns an error if the folder has no such file.
func ReadAll(dir string) ([]File, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no vectors in %s", dir)
	}
	var files []File
	for _, path := range paths {
		file, err := Read(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// has reports whether the case has all of these fields.
func (c Case) has(names ...string) bool {
	for _, name := range names {
		if _, ok := c.keys[name]; !ok {
			return false
		}
	}
	return true
}

// Decode returns the case as a pointer to its kind, such as [*Live] or [*JSONKey]. The fields of the case decide the
// kind. An unknown kind is an error.
func (c Case) Decode() (any, error) {
	var kind string
	if c.has("kind") {
		if err := json.Unmarshal(c.keys["kind"], &kind); err != nil {
			return nil, err
		}
	}
	switch {
	case kind == "" && c.has("stack", "call"):
		return decode[Live](c)
	case kind == "" && c.has("args", "kwargs"):
		return decode[JSONKey](c)
	case kind == "" && c.has("key", "value") && (c.has("stored_key", "stored_value", "loaded") || c.has("error")):
		return decode[ToBytes](c)
	case kind == "store" && c.has("cipher"):
		return decode[EncryptedStore](c)
	case kind == "load" && c.has("cipher"):
		return decode[EncryptedLoad](c)
	case kind == "store" && c.has("stored_key", "stored_value"):
		return decode[BytesStore](c)
	case kind == "load" && c.has("stored_value"):
		return decode[BytesLoad](c)
	case (kind == "str" || kind == "bytes") && c.has("prefix", "key"):
		return decode[Prefixed](c)
	case kind == "auto" && c.has("counter", "method"):
		return decode[AutoPrefixed](c)
	}
	return nil, fmt.Errorf("unknown kind of case: %.80s", c.data)
}

func decode[T any](c Case) (*T, error) {
	kind := new(T)
	return kind, json.Unmarshal(c.data, kind)
}
