// SPDX-License-Identifier: AGPL-3.0-or-later

package mailfile

import (
	"bufio"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/wire"
)

// A Maildir++ has the Inbox at its top and each other folder in a directory
// beside cur, new and tmp, its name in modified UTF-7 (RFC 3501 5.1.3) behind a
// dot, with dots between the parts. Keywords are letters whose names stand in
// the file dovecot-keywords.

// keywordsFile holds the names of keywords: lines "0 name", the number is the letter's.
const keywordsFile = "dovecot-keywords"

// inbox is the folder at the top of a Maildir.
const inbox = "INBOX"

// maildirFlags are the letters behind ":2,".
var maildirFlags = []struct {
	letter byte
	flag   object.Flags
}{ // in order of the letters
	{'D', object.FlagDraft}, {'F', object.FlagFlagged}, {'P', object.FlagForwarded},
	{'R', object.FlagAnswered}, {'S', object.FlagSeen}, {'T', object.FlagDeleted},
}

// readMaildir gives the messages of a Maildir and its folders.
func readMaildir(root string) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		entries, err := os.ReadDir(root)
		if err != nil {
			yield(Message{}, fmt.Errorf("read %s: %w", root, err))
			return
		}
		if !readMaildirFolder(root, inbox, yield) {
			return
		}
		for _, e := range entries {
			name, ok := strings.CutPrefix(e.Name(), ".")
			if !ok || !e.IsDir() || name == "" || name == "." {
				continue
			}
			if decoded, err := wire.DecodeModifiedUTF7([]byte(name)); err == nil {
				name = decoded
			}
			if !readMaildirFolder(filepath.Join(root, e.Name()), strings.ReplaceAll(name, ".", "/"), yield) {
				return
			}
		}
	}
}

func readMaildirFolder(dir, folder string, yield func(Message, error) bool) bool {
	keywords := readKeywords(filepath.Join(dir, keywordsFile))
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil && !yield(Message{}, fmt.Errorf("read %s: %w", dir, err)) {
			return false
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			one := func(f *os.File, folder string, yield func(Message, error) bool) bool {
				return readEML(f, folder, func(m Message, err error) bool {
					m.nameStates(e.Name(), keywords)
					return yield(m, err)
				})
			}
			if !readFile(filepath.Join(dir, sub, e.Name()), folder, one, yield) {
				return false
			}
		}
	}
	return true
}

// nameStates reads the states off a file's name.
func (m *Message) nameStates(name string, keywords map[byte]string) {
	_, info, _ := strings.Cut(name, ":2,")
	for i := range len(info) {
		for _, f := range maildirFlags {
			if f.letter == info[i] {
				m.Flags |= f.flag
			}
		}
		if k, ok := keywords[info[i]]; ok {
			m.Keywords = append(m.Keywords, k)
		}
	}
}

// readKeywords reads the names of keywords; none where there is no such file.
func readKeywords(name string) map[byte]string {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	out := map[byte]string{}
	for in := bufio.NewScanner(f); in.Scan(); {
		number, keyword, _ := strings.Cut(in.Text(), " ")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < 26 && keyword != "" {
			out[byte('a'+n)] = keyword
		}
	}
	return out
}

// maildirWriter writes a Maildir and its folders.
type maildirWriter struct {
	root, dir string
	n         int
	keywords  []string
}

// Folder implements Writer.
func (w *maildirWriter) Folder(folder string) error {
	if err := w.Close(); err != nil {
		return err
	}
	w.dir = w.root
	if folder != inbox && folder != "" {
		parts := strings.Split(safe(folder), "/")
		for i, p := range parts {
			parts[i] = string(wire.AppendModifiedUTF7(nil, strings.ReplaceAll(p, ".", "_")))
		}
		w.dir = filepath.Join(w.root, "."+strings.Join(parts, "."))
	}
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(w.dir, sub), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Put implements Writer.
func (w *maildirWriter) Put(m *Message) error {
	w.n++
	info := make([]byte, 0, 8)
	for _, f := range maildirFlags {
		if m.Flags&f.flag != 0 {
			info = append(info, f.letter)
		}
	}
	for _, k := range m.Keywords {
		at := slices.Index(w.keywords, k)
		if at < 0 && len(w.keywords) < 26 {
			at, w.keywords = len(w.keywords), append(w.keywords, k)
		}
		if at >= 0 {
			info = append(info, byte('a'+at))
		}
	}
	slices.Sort(info)
	name := fmt.Sprintf("%d.%06d.twiga,S=%d:2,%s", m.Received.Unix(), w.n, len(m.Data), info)
	name = filepath.Join(w.dir, "cur", name)
	if err := writeNew(name, m.Data); err != nil {
		return err
	}
	return os.Chtimes(name, m.Received, m.Received)
}

// Close implements Writer.
func (w *maildirWriter) Close() error {
	if len(w.keywords) == 0 {
		return nil
	}
	var text []byte
	for i, k := range w.keywords {
		text = fmt.Appendf(text, "%d %s\n", i, k)
	}
	w.keywords = nil
	return os.WriteFile(filepath.Join(w.dir, keywordsFile), text, 0o600)
}
