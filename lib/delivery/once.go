// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/spill"
	"twiga/lib/sysexits"
)

// Job is one message from a pipe.
type Job struct {
	Message io.Reader
	Sender  string   // "" is the null sender
	To      []string // addresses
	Folder  string   // path below the top of the mailbox, "Inbox/Lists"; "" is the Inbox
}

// Once delivers one message. Unless every recipient is known and has the
// folder, nothing is delivered, so that a try again doubles nothing. The error
// carries the worst of the recipients' codes, and says as an exit code
// (lib/sysexits) what a mail system is to do with the message.
//
// A message whose first line ends in LF alone is in the form of the local
// system: its lines are given CRLF. Any other is kept byte for byte. But for a
// line that begins with "From ", as programs for mbox files put it first: that
// one is not the message's.
func (a *Agent) Once(ctx context.Context, j Job) error {
	err := a.once(ctx, j)
	return sysexits.With(exitCode(err, a.settings.Load().permanentQuota()), err)
}

// exitCode is for a message that was not delivered: all but a clear refusal is
// for another try, what an operator has to put right as well (Postfix's pipe(8)
// returns a message to its sender for every code but TempFail, OSErr and IOErr).
func exitCode(err error, permanentQuota bool) int {
	switch mapi.CodeOf(err) {
	case mapi.NotFound, mapi.AmbiguousRecipient, mapi.NoRecipients:
		return sysexits.NoUser
	case mapi.TooBig:
		return sysexits.Unavailable
	case mapi.QuotaExceeded:
		if permanentQuota {
			return sysexits.Unavailable
		}
	}
	return sysexits.TempFail
}

func (a *Agent) once(ctx context.Context, j Job) error {
	id := log.NewRequestID()
	ctx = log.WithRequest(ctx, id)
	to, err := a.places(ctx, &j)
	if err != nil {
		return err
	}
	buf := a.pool.Get()
	defer buf.Close()
	t := trace{from: j.Sender, host: a.settings.Load().Hostname, id: id, with: "local", date: a.now()}
	if len(to) == 1 {
		t.to = to[0].address
	}
	data, err := collect(buf, &t, network(j.Message))
	switch {
	case spill.IsWriteError(err):
		return fmt.Errorf("keep message: %w: %w", err, mapi.NotEnoughDisk)
	case err != nil:
		return fmt.Errorf("read message: %w", err)
	}
	permanent := a.settings.Load().permanentQuota()
	var worst error
	for i, code := range a.deliver(ctx, data, j.Sender, to) {
		r := replyTo(to[i].address, code, permanent)
		a.tell(ctx, j.Sender, to[i].address, len(data), r)
		if code != 0 && (worst == nil || r.Code/100 == 4) {
			worst = fmt.Errorf("deliver to %s: %w", to[i].address, code)
		}
	}
	return worst
}

// places finds where a job's message goes.
func (a *Agent) places(ctx context.Context, j *Job) ([]recipient, error) {
	found, err := a.resolve(ctx, j.To)
	if err != nil {
		return nil, err
	}
	to := make([]recipient, len(j.To))
	for i := range found {
		if code := codeOf(&found[i]); code != 0 {
			return nil, fmt.Errorf("deliver to %s: %w", j.To[i], code)
		}
		to[i] = recipientOf(j.To[i], &found[i])
		left(ctx, j.To[i], &found[i])
		for k := range to[i].places {
			place := &to[i].places[k]
			if j.Folder == "" {
				break
			}
			if place.Folder, err = a.folder(ctx, place.Store, j.Folder); err != nil {
				return nil, fmt.Errorf("deliver to %s: %w", j.To[i], err)
			}
		}
	}
	return to, nil
}

// folder finds a folder by its path, whatever the case of its letters. Delivery
// may not look into mailboxes, so that this wants an administrator.
func (a *Agent) folder(ctx context.Context, store mapi.GUID, path string) (mapi.ID, error) {
	s, err := a.store.Logon(ctx, object.LogonRequest{Role: object.RoleAdmin, Program: "dagent"})
	if err != nil {
		return 0, fmt.Errorf("find folder %s: %w", path, err)
	}
	defer func() { _ = s.Logoff(context.WithoutCancel(ctx)) }()
	st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: store})
	if err != nil {
		return 0, fmt.Errorf("find folder %s: %w", path, err)
	}
	req := object.QueryRequest{
		Store: store, Table: object.TableHierarchy,
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName},
	}
	paths := map[mapi.ID]string{st.SpecialFolder(object.KindRoot): ""}
	for row, err := range s.Query(ctx, req) {
		if err != nil {
			return 0, fmt.Errorf("find folder %s: %w", path, err)
		}
		above, ok := paths[mapi.ID(row.Int(tag.ParentFolderId))]
		if !ok {
			continue
		}
		here := strings.TrimPrefix(above+"/"+row.Text(tag.DisplayName), "/")
		if strings.EqualFold(here, path) {
			return mapi.ID(row.Int(tag.FolderId)), nil
		}
		paths[mapi.ID(row.Int(tag.FolderId))] = here
	}
	return 0, fmt.Errorf("find folder %s: %w", path, mapi.NotFound)
}

// maxFirstLine is how far the first line end is looked for.
const maxFirstLine = 16 << 10

// network gives a message its line ends.
func network(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, maxFirstLine)
	head, _ := b.Peek(maxFirstLine)
	at := bytes.IndexByte(head, '\n')
	if at >= 0 && bytes.HasPrefix(head, []byte("From ")) {
		_, _ = b.Discard(at + 1)
		head, _ = b.Peek(maxFirstLine)
		at = bytes.IndexByte(head, '\n')
	}
	if at < 0 || at > 0 && head[at-1] == '\r' {
		return b
	}
	return &crlfReader{in: b}
}

// crlfReader puts a CR before every LF.
type crlfReader struct {
	in *bufio.Reader
	lf bool // an LF is due
}

// Read implements io.Reader.
func (c *crlfReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if c.lf {
			p[n], c.lf = '\n', false
			n++
			continue
		}
		if n > 0 && c.in.Buffered() == 0 {
			return n, nil
		}
		b, err := c.in.ReadByte()
		if err != nil {
			return n, err
		}
		if b == '\n' {
			b, c.lf = '\r', true
		}
		p[n] = b
		n++
	}
	return n, nil
}
