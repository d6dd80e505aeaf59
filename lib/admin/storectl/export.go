// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/mailfile"
	"twiga/lib/conv/mime"
	"twiga/lib/delivery/render"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// exportFlags are what export is told.
type exportFlags struct {
	mailbox boxFlags
	format  string
	folders []string
}

// export is "export": it writes a mailbox's messages into files.
func (a *app) export() *cobra.Command {
	f := new(exportFlags)
	cmd := &cobra.Command{
		Use: "export DIRECTORY", Short: "Write messages into files", Args: command.Exactly(1),
		Long: "Write the messages of a mailbox, or of some of its folders with what is below\n" +
			"them, into files: mbox (one file a folder), maildir, eml (one file a message),\n" +
			"ics (calendars) or vcf (address books). The DIRECTORY must be empty or absent.",
		Example: "  twiga-storectl export --user anna --format maildir /tmp/anna",
	}
	f.mailbox.add(cmd)
	cmd.Flags().StringVar(&f.format, "format", string(mailfile.Maildir), "mbox, maildir, eml, ics or vcf")
	cmd.Flags().StringSliceVar(&f.folders, "folder", nil, "only this folder and those below, such as INBOX or Lists/go; may be repeated")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		format, err := mailfile.Parse(f.format)
		if err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		if err := mustBeEmpty(args[0]); err != nil {
			return err
		}
		return a.inMailbox(cmd, &f.mailbox, func(ctx context.Context, b *box) error {
			e := exporter{app: a, box: b, format: format, to: mailfile.NewWriter(format, args[0])}
			return e.run(ctx, cmd, f.folders)
		})
	}
	return cmd
}

// exporter writes messages.
type exporter struct {
	*app
	*box
	format mailfile.Format
	to     mailfile.Writer

	folders, messages, skipped int64
	bytes                      int64
}

func (e *exporter) run(ctx context.Context, cmd *cobra.Command, only []string) error {
	chosen, err := e.choose(only, e.holds)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, f := range chosen {
		total += f.count
	}
	bar := command.NewBar(cmd.ErrOrStderr(), "exporting", total)
	defer func() { _ = bar.Clear() }()
	for _, f := range chosen {
		if err := e.folder(ctx, f, func() { _ = bar.Add(1) }); err != nil {
			return fmt.Errorf("export folder %s: %w", f.path, err)
		}
	}
	if err := e.to.Close(); err != nil {
		return sysexits.With(sysexits.IOErr, fmt.Errorf("export: %w", err))
	}
	return e.told(cmd, struct {
		Mode     string `json:"mode"`
		Folders  int64  `json:"folders"`
		Messages int64  `json:"messages"`
		Skipped  int64  `json:"skipped"`
		Bytes    int64  `json:"bytes"`
	}{e.mode, e.folders, e.messages, e.skipped, e.bytes},
		"%d messages of %d folders exported (%d bytes), %d skipped\n", e.messages, e.folders, e.bytes, e.skipped)
}

// holds says whether a folder has what the format is for.
func (e *exporter) holds(f *folder) bool {
	switch e.format {
	case mailfile.ICS:
		return f.classIs(mapi.ContainerAppointment) || f.classIs(mapi.ContainerTask)
	case mailfile.VCF:
		return f.classIs(mapi.ContainerContact)
	}
	return f.classIs(mapi.ContainerNote)
}

// exportBatch is how many messages are asked for at a time.
const exportBatch = 200

func (e *exporter) folder(ctx context.Context, f *folder, step func()) error {
	if err := e.to.Folder(f.path); err != nil {
		return sysexits.With(sysexits.IOErr, err)
	}
	e.folders++
	ids, err := e.ids(ctx, f)
	for len(ids) > 0 && err == nil {
		n := min(exportBatch, len(ids))
		req := object.GetMessagesRequest{Store: e.store.GUID, IDs: ids[:n]}
		for m, gerr := range e.s.GetMessages(ctx, req) {
			if err = gerr; err == nil {
				err = e.message(ctx, &m)
			}
			if err != nil {
				break
			}
			step()
		}
		ids = ids[n:]
	}
	return err
}

func (e *exporter) message(ctx context.Context, m *object.Message) error {
	var b bytes.Buffer
	var err error
	if m.ContentSize >= 0 {
		err = render.Copy(ctx, e.s, &b, e.store.GUID, m.ID, 0)
	} else {
		err = render.Message(ctx, e.s, &b, e.store.GUID, m, nil, mime.ComposeOptions{Date: m.Received, Bcc: true})
	}
	if err != nil {
		return err
	}
	data, ok := e.object(b.Bytes())
	if !ok {
		e.skipped++
		return nil
	}
	e.messages++
	e.bytes += int64(len(data))
	err = e.to.Put(&mailfile.Message{Data: data, Flags: m.Flags, Keywords: m.Keywords, Received: m.Received})
	return sysexits.With(sysexits.IOErr, err)
}

// object is what the format keeps of a message: all of it, or the calendar or
// card that it is.
func (e *exporter) object(data []byte) ([]byte, bool) {
	want := map[mailfile.Format]string{mailfile.ICS: "text/calendar", mailfile.VCF: "text/vcard"}[e.format]
	if want == "" {
		return data, true
	}
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil || !strings.HasPrefix(strings.ToLower(m.Header.Get("Content-Type")), want) {
		return nil, false
	}
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	out, err := io.ReadAll(body)
	return out, err == nil
}

// errNotEmpty is what a directory with something in it is refused with.
var errNotEmpty = errors.New("there is something in it already")
