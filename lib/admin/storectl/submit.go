// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/password"
	"twiga/lib/delivery/ingest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sysexits"
)

// submitFlags are what submit is told.
type submitFlags struct {
	user     string
	to       []string
	password password.Flags
}

// submit is "submit": it puts a message into a user's Outbox and submits it,
// as that user.
func (a *app) submit() *cobra.Command {
	f := new(submitFlags)
	cmd := &cobra.Command{
		Use: "submit --user NAME FILE|-", Short: "Send a message as a user", Args: command.Exactly(1),
		Long: "Put a message (RFC 5322) into a user's Outbox and submit it, as that user and with\n" +
			"the user's password. The recipients are those of the fields To, Cc and Bcc,\nunless --to names others.",
	}
	flags := cmd.Flags()
	flags.StringVar(&f.user, "user", "", "login name of the sender")
	flags.StringSliceVar(&f.to, "to", nil, "recipient in place of those of the header; may be repeated")
	f.password.AddSource(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.user == "" {
			return sysexits.With(sysexits.Usage, errors.New("submit: --user is missing"))
		}
		return a.runSubmit(cmd.Context(), cmd, f, args[0])
	}
	return cmd
}

func (a *app) runSubmit(ctx context.Context, cmd *cobra.Command, f *submitFlags, file string) error {
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	secret, err := f.password.Next(cmd, f.user)
	if err != nil {
		return err
	}
	data, err := readMessage(cmd.InOrStdin(), file)
	if err != nil {
		return sysexits.With(sysexits.NoInput, err)
	}
	s, end, err := a.logon(ctx, settings, object.LogonRequest{Role: object.RoleUser, User: f.user, Password: secret})
	if err != nil {
		return err
	}
	defer end()
	id, err := submitTo(ctx, s, data, f.to)
	if err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
			Message string `json:"message"`
		}{id.String()})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "message %s submitted\n", id)
	return err
}

// readMessage reads a message. One whose first line ends in LF alone is in the
// form of the local system and is given CRLF.
func readMessage(stdin io.Reader, file string) ([]byte, error) {
	var (
		data []byte
		err  error
	)
	if file == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	if at := bytes.IndexByte(data, '\n'); at == 0 || at > 0 && data[at-1] != '\r' {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	return data, nil
}

// submitTo saves and submits. A message that cannot be submitted is taken out
// of the Outbox again.
func submitTo(ctx context.Context, s object.Session, data []byte, to []string) (mapi.ID, error) {
	st, err := s.GetStore(ctx, object.GetStoreRequest{})
	if err != nil {
		return 0, fmt.Errorf("find mailbox: %w", err)
	}
	m, err := ingest.Message(ctx, s, data, ingest.Options{Flags: object.FlagSeen})
	if err != nil {
		return 0, err
	}
	if len(to) > 0 {
		m.Recipients = nil
	}
	for _, address := range to {
		var row mapi.Props
		row.Set(tag.RecipientType, mapi.Int32(1))
		row.Set(tag.SmtpAddress, mapi.String(address))
		m.Recipients = append(m.Recipients, row)
	}
	outbox := st.SpecialFolder(object.KindOutbox)
	saved, err := s.SaveMessages(ctx, object.SaveMessagesRequest{Store: st.GUID, Folder: outbox, Messages: []object.NewMessage{m}})
	if err != nil {
		return 0, fmt.Errorf("save message: %w", err)
	}
	at := saved.Saved[0]
	if _, err := s.Submit(ctx, object.SubmitRequest{Store: st.GUID, Message: at.ID}); err != nil {
		_, again := s.DeleteMessages(context.WithoutCancel(ctx), object.DeleteMessagesRequest{
			Store: st.GUID, Folder: outbox, UIDs: []mapi.UIDRange{{First: at.UID, Last: at.UID}},
		})
		return 0, errors.Join(fmt.Errorf("submit message: %w", err), again)
	}
	return at.ID, nil
}
