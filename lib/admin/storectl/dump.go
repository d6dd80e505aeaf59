// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sysexits"
)

// maxDumped is how much of a long value is shown to people.
const maxDumped = 200

// dumpFlags are what dump is told.
type dumpFlags struct {
	mailbox boxFlags
	folder  string
	human   bool
}

// dump is "dump": the properties of a message, a folder or a mailbox.
func (a *app) dump() *cobra.Command {
	f := new(dumpFlags)
	cmd := &cobra.Command{
		Use: "dump [ID]", Short: "Show the properties of a message, a folder or a mailbox", Args: command.AtMost(1),
		Long: "Show the properties of a message, its recipients and attachments; those of a folder,\n" +
			"its permissions and rules; or those of the mailbox. The ID is the number of a\n" +
			"message in its mailbox, such as 0x2a.",
		Example: "  twiga-storectl dump --user anna --folder INBOX",
	}
	f.mailbox.add(cmd)
	cmd.Flags().StringVar(&f.folder, "folder", "", "show this folder: its number, or its path such as INBOX or Lists/go")
	cmd.Flags().BoolVar(&f.human, "human", false, "print text for people (the default)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		get, err := f.mailbox.request()
		if err != nil {
			return err
		}
		var id uint64
		if len(args) > 0 {
			if id, err = strconv.ParseUint(args[0], 0, 64); err != nil {
				return sysexits.With(sysexits.Usage, fmt.Errorf("read message id: %w", err))
			}
		}
		if f.human && a.json || len(args) > 0 && f.folder != "" {
			return sysexits.With(sysexits.Usage, errors.New("dump: only one of --human and --json, and of an ID and --folder"))
		}
		return a.runDump(cmd, f, get, mapi.ID(id))
	}
	return cmd
}

// dumped is a message as it is told to programs.
type dumped struct {
	ID          string           `json:"id"`
	Store       string           `json:"store"`
	Folder      string           `json:"folder"`
	UID         uint32           `json:"uid"`
	Change      uint64           `json:"change"`
	Flags       uint32           `json:"flags"`
	Keywords    []string         `json:"keywords"`
	Received    time.Time        `json:"received"`
	ContentSize int64            `json:"content_size"`
	Properties  map[string]any   `json:"properties"`
	Recipients  []map[string]any `json:"recipients"`
	Attachments []map[string]any `json:"attachments"`
}

func (a *app) runDump(cmd *cobra.Command, f *dumpFlags, get object.GetStoreRequest, id mapi.ID) error {
	ctx := cmd.Context()
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	s, _, end, err := a.reachStore(cmd, settings, object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		return err
	}
	defer end()
	st, err := s.GetStore(ctx, get)
	if err != nil {
		return fmt.Errorf("find mailbox: %w", err)
	}
	switch {
	case f.folder != "":
		return a.dumpFolder(ctx, cmd, s, &st, f.folder)
	case id == 0:
		return a.dumpStore(ctx, cmd, s, &st)
	}
	for m, err := range s.GetMessages(ctx, object.GetMessagesRequest{Store: st.GUID, IDs: []mapi.ID{id}}) {
		if err != nil {
			return fmt.Errorf("read message %s: %w", id, err)
		}
		if a.json {
			return dumpJSON(cmd.OutOrStdout(), &st, &m)
		}
		return dumpText(cmd.OutOrStdout(), &st, &m)
	}
	return fmt.Errorf("read message %s: %w", id, mapi.NotFound)
}

func dumpJSON(w io.Writer, st *object.Store, m *object.Message) error {
	d := dumped{
		ID: m.ID.String(), Store: st.GUID.String(), Folder: m.Folder.String(), UID: uint32(m.UID), Change: uint64(m.Change),
		Flags: uint32(m.Flags), Keywords: append([]string{}, m.Keywords...), Received: m.Received.UTC(), ContentSize: m.ContentSize,
		Properties: bagJSON(m.Props), Recipients: []map[string]any{}, Attachments: []map[string]any{},
	}
	for _, r := range m.Recipients {
		d.Recipients = append(d.Recipients, bagJSON(r))
	}
	for _, x := range m.Attachments {
		d.Attachments = append(d.Attachments, bagJSON(x))
	}
	return indented(w, d)
}

func indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func bagJSON(b wire.Bag) map[string]any {
	out := map[string]any{}
	for t, v := range b.All {
		out[tag.Name(t)] = valueJSON(v)
	}
	return out
}

func valueJSON(v mapi.Value) any {
	if v.Type().IsMulti() {
		list := []any{}
		for e := range v.Elements {
			list = append(list, valueJSON(e))
		}
		return list
	}
	switch v.Type() {
	case mapi.PtypString:
		return v.Text()
	case mapi.PtypBoolean:
		return v.Bool()
	case mapi.PtypTime:
		return v.Time()
	case mapi.PtypFloating32, mapi.PtypFloating64, mapi.PtypFloatTime:
		return v.Float()
	case mapi.PtypInteger16, mapi.PtypInteger32, mapi.PtypInteger64, mapi.PtypCurrency, mapi.PtypErrorCode:
		return v.Int()
	case mapi.PtypGUID:
		return v.GUID().String()
	}
	return v.Bytes() // as base64
}

func dumpText(w io.Writer, st *object.Store, m *object.Message) error {
	var b strings.Builder
	fmt.Fprintf(&b, "message %s in folder %s of %s, uid %d, change %d\n", m.ID, m.Folder, st.GUID, m.UID, m.Change)
	fmt.Fprintf(&b, "  flags 0x%x, keywords %q, received %s, content %d bytes\n", uint32(m.Flags), m.Keywords, m.Received.UTC().Format(time.RFC3339), m.ContentSize)
	dumpBag(&b, m.Props)
	for i, r := range m.Recipients {
		fmt.Fprintf(&b, "recipient %d\n", i+1)
		dumpBag(&b, r)
	}
	for i, x := range m.Attachments {
		fmt.Fprintf(&b, "attachment %d\n", i+1)
		dumpBag(&b, x)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func dumpBag(b *strings.Builder, bag wire.Bag) {
	for t, v := range bag.All {
		fmt.Fprintf(b, "  %s %-28s %s\n", t, tag.Name(t), valueText(v))
	}
}

func valueText(v mapi.Value) string {
	if v.Type().IsMulti() {
		var list []string
		for e := range v.Elements {
			list = append(list, valueText(e))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	switch x := valueJSON(v).(type) {
	case string:
		if v.Type() == mapi.PtypString {
			return shortened(strconv.Quote(x), len(x))
		}
		return x
	case time.Time:
		return x.Format(time.RFC3339Nano)
	case []byte:
		if utf8.Valid(x) && len(x) > 0 {
			return shortened(strconv.Quote(string(x)), len(x))
		}
		return shortened(hex.EncodeToString(x), len(x))
	default:
		return fmt.Sprint(x)
	}
}

// shortened cuts a text that is too long to read.
func shortened(s string, bytes int) string {
	if len(s) <= maxDumped {
		return s
	}
	return strings.ToValidUTF8(s[:maxDumped], "") + fmt.Sprintf("... (%d bytes)", bytes)
}
