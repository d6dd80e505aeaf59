// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Script is a conversation of several clients with a server, as
// testdata/imap/README.md describes it.
type Script struct {
	File   string // without its folder and suffix
	Name   string
	Needs  []string          // capabilities without which it has no sense
	Awaits bool              // nothing of ours has the capabilities yet
	Apart  map[string]string // peers that do not play it, and why
	steps  []step
	users  []string // that are named, anna first
}

// names are the users whom a script may name.
var names = regexp.MustCompile(`@\{(bob|carl)\}|^[1-9]! is (bob|carl)|^([bc])[<>!?]`)

// lettered are the users of clients that have a letter.
var lettered = map[string]string{"a": "anna", "b": "bob", "c": "carl"}

// step is a line of a script.
type step struct {
	line int
	who  string
	kind string
	text string
	// notes tell by the name of a peer why it does otherwise than this command,
	// or this line of what is sent and read as it is.
	notes map[string]string
}

// What a line does. The sign stands behind the client's number.
const (
	sends    = ">"  // a command; its whole answer is read
	told     = "<"  // an untagged response of it
	loosely  = "<<" // others than those named do not matter
	untold   = "-"  // no such untagged response
	answered = "="  // the tagged response
	raw      = ">>" // octets as they are
	reads    = "?"  // the next line as it is
	awaits   = "??" // lines up to one
	does     = "!"  // something with the connection
)

var (
	stepLine = regexp.MustCompile(`^([1-9abc])(>>|>|<<|<|-|=|\?\?|\?|!)(?: (.*))?$`)
	noteLine = regexp.MustCompile(`^([a-z]+): (.+)$`)
)

// ParseScripts reads the scripts of a file.
func ParseScripts(file string, text string) ([]*Script, error) {
	var out []*Script
	r := scriptReader{file: file}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "== "); ok {
			if err := r.end(n); err != nil {
				return nil, err
			}
			r.s = &Script{File: file, Name: name, Apart: map[string]string{}, users: []string{"anna"}}
			out = append(out, r.s)
			continue
		}
		if err := r.take(n, line); err != nil {
			return nil, fmt.Errorf("%s.txt:%d: %w", file, n, err)
		}
	}
	return out, r.end(n)
}

// scriptReader is the state of reading a file of scripts.
type scriptReader struct {
	file string
	s    *Script
	open map[string]int // steps of commands whose answer was not named yet
	last int            // the step that a note is about
}

func (r *scriptReader) end(line int) error {
	if r.s != nil && (len(r.open) > 0 || len(r.s.steps) == 0) {
		return fmt.Errorf("%s.txt:%d: %q has a command without an answer, or no step", r.file, line, r.s.Name)
	}
	r.open, r.last = map[string]int{}, -1
	return nil
}

func (r *scriptReader) take(n int, line string) error {
	if r.s == nil {
		return fmt.Errorf("no script begun: %q", line)
	}
	for _, m := range names.FindAllStringSubmatch(line, -1) {
		name := cmp.Or(m[1], m[2], lettered[m[3]])
		if !slices.Contains(r.s.users, name) {
			r.s.users = append(r.s.users, name)
		}
	}
	if m := stepLine.FindStringSubmatch(line); m != nil {
		return r.step(step{line: n, who: m[1], kind: m[2], text: m[3]})
	}
	m := noteLine.FindStringSubmatch(line)
	switch {
	case m == nil:
		return fmt.Errorf("no step: %q", line)
	case (m[1] == "needs" || m[1] == "awaits") && len(r.s.steps) == 0:
		r.s.Needs, r.s.Awaits = strings.Fields(m[2]), m[1] == "awaits"
	case m[1] == "needs" || m[1] == "awaits":
		return fmt.Errorf("%s: behind the first step", m[1])
	case r.last < 0:
		r.s.Apart[m[1]] = m[2]
	default:
		if r.s.steps[r.last].notes == nil {
			r.s.steps[r.last].notes = map[string]string{}
		}
		r.s.steps[r.last].notes[m[1]] = m[2]
	}
	return nil
}

func (r *scriptReader) step(s step) error {
	at := len(r.s.steps)
	open, isOpen := r.open[s.who]
	switch s.kind {
	case sends:
		if isOpen {
			return fmt.Errorf("client %s has a command open", s.who)
		}
		r.open[s.who], r.last = at, at
	case told, loosely, untold, answered:
		if !isOpen {
			return fmt.Errorf("client %s has no command open", s.who)
		}
		r.last = open
		if s.kind == answered {
			delete(r.open, s.who)
		}
		if s.kind != loosely {
			if err := checkPattern(spellFunctions(s.text, Vars{})); err != nil {
				return err
			}
		}
	default:
		if isOpen {
			return fmt.Errorf("client %s has a command open", s.who)
		}
		r.last = at
	}
	r.s.steps = append(r.s.steps, s)
	return nil
}
