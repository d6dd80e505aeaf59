// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// readResponse reads a line with the literals in it.
func readResponse(in *bufio.Reader) (string, error) {
	var out bytes.Buffer
	for {
		line, err := in.ReadBytes('\n')
		out.Write(line)
		if err != nil {
			return out.String(), err
		}
		n, ok := literalSize(line)
		if !ok {
			return strings.TrimSuffix(out.String(), "\r\n"), nil
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return out.String(), err
		}
	}
}

// CheckOutput checks all that a server has written to a connection: whole
// lines, each a continuation request, or a tagged or untagged response without
// fault ([CheckResponse]).
func CheckOutput(written []byte) error {
	in := bufio.NewReader(bytes.NewReader(written))
	for {
		line, err := readResponse(in)
		if err != nil && line == "" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("check output: %w in %.200q", err, line)
		}
		if strings.HasPrefix(line, "+ ") {
			continue
		}
		tag, response, ok := strings.Cut(line, " ")
		if !ok || tag == "" {
			return fmt.Errorf("check output: no response: %.200q", line)
		}
		if err := CheckResponse(response); err != nil {
			return err
		}
		if word, _, _ := strings.Cut(response, " "); tag != "*" && word != "OK" && word != "NO" && word != "BAD" {
			return fmt.Errorf("check output: tagged %.200q", line)
		}
	}
}

// Commands returns the commands of all scripts in a folder as they are sent,
// without tag and line end.
func Commands(folder string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, fmt.Errorf("list scripts: %w", err)
	}
	var out []string
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read script: %w", err)
		}
		scripts, err := ParseScripts(filepath.Base(path), string(text))
		if err != nil {
			return nil, err
		}
		for _, s := range scripts {
			for _, st := range s.steps {
				if st.kind == sends {
					out = append(out, SpellCommand(st.text, Vars{"anna": "anna", "bob": "bob"}))
				}
			}
		}
	}
	return out, nil
}
