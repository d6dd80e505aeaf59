// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/mailfile"
	"twiga/lib/delivery/ingest"
	"twiga/lib/delivery/render"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sysexits"
)

// Bounds of what is saved in one call.
const (
	importBatch = 100
	importBytes = 16 << 20
)

// importFlags are what import is told.
type importFlags struct {
	mailbox boxFlags
	format  string
	into    string
	maps    []string
	dryRun  bool
	doubles bool
}

// imports is "import": it reads messages from files into a mailbox.
func (a *app) imports() *cobra.Command {
	f := new(importFlags)
	cmd := &cobra.Command{
		Use: "import PATH", Short: "Read messages from files", Args: command.Exactly(1),
		Long: "Read messages from a file or a directory into a mailbox: mbox, maildir, eml, ics\n" +
			"or vcf. Folders are made as needed; names that other programs have for the\n" +
			"Inbox, sent mail, drafts, junk, the trash and the archive mean the mailbox's\n" +
			"own. A message that its folder has already, byte for byte, is skipped, so that an\n" +
			"import can be repeated. One that cannot be read is told of and left out.",
		Example: "  twiga-storectl import --user anna --format maildir --map Archives=Archive /home/anna/Maildir",
	}
	f.mailbox.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", string(mailfile.Maildir), "mbox, maildir, eml, ics or vcf")
	flags.StringVar(&f.into, "into", "", "folder below which everything comes")
	flags.StringSliceVar(&f.maps, "map", nil, "OLD=NEW: what is in folder OLD, or below, comes into NEW; may be repeated")
	flags.BoolVar(&f.dryRun, "dry-run", false, "tell what would be done")
	flags.BoolVar(&f.doubles, "duplicates", false, "save messages that are there already, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		format, err := mailfile.Parse(f.format)
		if err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		names, err := parseMaps(f.maps)
		if err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		return a.inMailbox(cmd, &f.mailbox, func(ctx context.Context, b *box) error {
			i := importer{app: a, box: b, flags: f, format: format, names: names, stderr: cmd.ErrOrStderr(), places: map[string]*place{}}
			return i.run(ctx, cmd, args[0])
		})
	}
	return cmd
}

// parseMaps reads OLD=NEW.
func parseMaps(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, m := range list {
		from, to, ok := strings.Cut(m, "=")
		if !ok || from == "" || to == "" {
			return nil, fmt.Errorf("--map %q: OLD=NEW wanted", m)
		}
		out[strings.ToLower(from)] = to
	}
	return out, nil
}

// importer saves messages.
type importer struct {
	*app
	*box
	flags  *importFlags
	format mailfile.Format
	names  map[string]string // of folders: from in small letters to
	stderr io.Writer
	places map[string]*place // by folder in the files

	done struct {
		Mode     string `json:"mode"`
		DryRun   bool   `json:"dry_run,omitempty"`
		Messages int64  `json:"messages"`
		Skipped  int64  `json:"skipped"` // were there already
		Failed   int64  `json:"failed"`
		Folders  int64  `json:"folders"` // that were made
	}
}

// place is a folder that takes messages.
type place struct {
	f      *folder
	have   map[int64][]mapi.ID // messages by the size of their content
	hashes map[[32]byte]bool   // contents that were saved, or read to compare
	read   map[mapi.ID]bool    // those whose hash is known
	batch  []object.NewMessage
	bytes  int
}

func (i *importer) run(ctx context.Context, cmd *cobra.Command, path string) error {
	i.done.Mode, i.done.DryRun = i.mode, i.flags.dryRun
	bar := command.NewBar(i.stderr, "importing", -1)
	defer func() { _ = bar.Clear() }()
	for m, err := range mailfile.Read(i.format, path) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			err = i.message(ctx, &m)
			if !isOf(err, mapi.TooBig, mapi.InvalidParameter, mapi.StringTooLong) && err != nil {
				return fmt.Errorf("import into folder %q: %w", m.Folder, err)
			}
		}
		if err != nil {
			i.done.Failed++
			note(i.stderr, "message left out: %v", err)
		}
		_ = bar.Add(1)
	}
	for _, p := range i.places {
		if err := i.flush(ctx, p); err != nil {
			return err
		}
	}
	verb := "imported"
	if i.flags.dryRun {
		verb = "would be imported"
	}
	err := i.told(cmd, i.done, "%d messages %s, %d were there already, %d failed, %d folders made\n",
		i.done.Messages, verb, i.done.Skipped, i.done.Failed, i.done.Folders)
	if err == nil && i.done.Failed > 0 {
		err = sysexits.With(sysexits.DataErr, fmt.Errorf("import: %d messages failed", i.done.Failed))
	}
	return err
}

func isOf(err error, codes ...mapi.Code) bool {
	for _, c := range codes {
		if mapi.CodeOf(err) == c {
			return true
		}
	}
	return false
}

// message saves one message, later: with others of its folder.
func (i *importer) message(ctx context.Context, m *mailfile.Message) error {
	p, err := i.place(ctx, m)
	if err != nil {
		return err
	}
	data := m.Data
	if m.Class != "" {
		data = wrap(m)
	}
	hash := sha256.Sum256(data)
	if !i.flags.doubles {
		there, err := i.has(ctx, p, hash, int64(len(data)))
		if err != nil {
			return err
		}
		if there {
			i.done.Skipped++
			return nil
		}
	}
	p.hashes[hash] = true
	i.done.Messages++
	if i.flags.dryRun {
		return nil
	}
	data = bytes.Clone(data)
	n, err := ingest.Message(ctx, i.s, data, ingest.Options{Flags: m.Flags, Keywords: m.Keywords, Received: m.Received})
	if err != nil {
		return err
	}
	if m.Class != "" {
		n.Props.Set(tag.MessageClass, mapi.String(m.Class))
	}
	p.batch, p.bytes = append(p.batch, n), p.bytes+len(data)
	if len(p.batch) >= importBatch || p.bytes >= importBytes {
		return i.flush(ctx, p)
	}
	return nil
}

// flush saves what waits.
func (i *importer) flush(ctx context.Context, p *place) error {
	if len(p.batch) == 0 {
		return nil
	}
	_, err := i.s.SaveMessages(ctx, object.SaveMessagesRequest{Store: i.store.GUID, Folder: p.f.id, Messages: p.batch})
	if err != nil {
		return fmt.Errorf("save into folder %s: %w", p.f.path, err)
	}
	p.batch, p.bytes = nil, 0
	return nil
}

// has says whether a folder has a message of that content. Only those of the
// same size are read.
func (i *importer) has(ctx context.Context, p *place, hash [32]byte, size int64) (bool, error) {
	for _, id := range p.have[size] {
		if p.hashes[hash] {
			break
		}
		if p.read[id] {
			continue
		}
		h := sha256.New()
		if err := render.Copy(ctx, i.s, h, i.store.GUID, id, 0); err != nil {
			return false, err
		}
		p.read[id], p.hashes[[32]byte(h.Sum(nil))] = true, true
	}
	return p.hashes[hash], nil
}

// place finds or makes the folder for a message.
func (i *importer) place(ctx context.Context, m *mailfile.Message) (*place, error) {
	key := m.Folder + "\x00" + m.Class
	if p := i.places[key]; p != nil {
		return p, nil
	}
	path, kind := i.target(m)
	f := i.find(path)
	for _, have := range i.folders {
		if kind != 0 && have.kind == kind {
			f = have
		}
	}
	p := &place{f: f, have: map[int64][]mapi.ID{}, hashes: map[[32]byte]bool{}, read: map[mapi.ID]bool{}}
	if f == nil {
		var made int64
		var err error
		p.f, made, err = i.make(ctx, path, containerOf(m.Class), i.flags.dryRun)
		if i.done.Folders += made; err != nil {
			return nil, err
		}
		i.places[key] = p
		return p, nil
	}
	for c, err := range i.s.Changes(ctx, object.ChangesRequest{Store: i.store.GUID, Folder: f.id}) {
		if err != nil {
			return nil, err
		}
		if c.Kind == object.ChangeUpsert {
			p.have[c.Size] = append(p.have[c.Size], c.ID)
		}
	}
	i.places[key] = p
	return p, nil
}

// known are names of folders elsewhere, in small letters.
var known = map[string]object.FolderKind{
	"inbox": object.KindInbox, "sent": object.KindSentItems, "sent items": object.KindSentItems, "sent messages": object.KindSentItems,
	"drafts": object.KindDrafts, "junk": object.KindJunk, "junk e-mail": object.KindJunk, "spam": object.KindJunk,
	"trash": object.KindDeletedItems, "deleted items": object.KindDeletedItems, "deleted messages": object.KindDeletedItems,
	"archive": object.KindArchive,
}

// target is where a message goes: a path, or the folder of a kind.
func (i *importer) target(m *mailfile.Message) (path string, kind object.FolderKind) {
	path = m.Folder
	mapped := false
	for at := path; at != "" && !mapped; at = at[:max(strings.LastIndex(at, "/"), 0)] {
		if to, ok := i.names[strings.ToLower(at)]; ok {
			path, mapped = to+path[len(at):], true
		}
	}
	if i.flags.into != "" {
		return strings.TrimSuffix(i.flags.into+"/"+path, "/"), 0
	}
	switch m.Class {
	case "IPM.Appointment":
		kind = object.KindCalendar
	case "IPM.Task":
		kind = object.KindTasks
	case "IPM.Contact":
		kind = object.KindContacts
	default:
		kind = object.KindInbox
	}
	if path == "" || m.Class == "" && known[strings.ToLower(path)] == object.KindInbox {
		return path, kind
	}
	if m.Class == "" {
		return path, known[strings.ToLower(path)]
	}
	return path, 0
}

func containerOf(class string) string {
	switch class {
	case "IPM.Appointment":
		return mapi.ContainerAppointment
	case "IPM.Task":
		return mapi.ContainerTask
	case "IPM.Contact":
		return mapi.ContainerContact
	}
	return ""
}

// wrap makes a message of a calendar object or a card: the object is its body.
func wrap(m *mailfile.Message) []byte {
	content := "text/calendar"
	if m.Class == "IPM.Contact" {
		content = "text/vcard"
	}
	var b bytes.Buffer
	b.WriteString("Subject: " + mime.QEncoding.Encode("utf-8", mailfile.Summary(m.Data)) + "\r\n")
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: " + content + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	b.Write(m.Data)
	return b.Bytes()
}
