// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
)

const (
	maxReceivers    = 1000 // receive folders of a mailbox
	maxMessageClass = 255  // bytes of a message class, [MS-OXCSTOR] 2.2.1.2.1
)

// receiver is where messages of a class and all classes below it arrive.
type receiver struct {
	class  string
	folder mapi.ID
}

// receiverKey is the form in which equal message classes are equal.
func receiverKey(class string) string { return strings.ToLower(class) }

func loadReceivers(c *sqlite.Conn) (map[string]receiver, error) {
	rows, err := c.Query("SELECT class, folder FROM receive")
	if err != nil {
		return nil, err
	}
	out := map[string]receiver{}
	for rows.Next() {
		r := receiver{rows.Text(0), mapi.ID(rows.Int(1))}
		out[receiverKey(r.class)] = r
	}
	return out, rows.Close()
}

// receiver is the one of the longest prefix of the class, at a dot, else the
// Inbox ([MS-OXCSTOR] 2.2.1.2). The class "" is that of items, IPM.Note. A folder that is gone, or waits to be restored,
// receives nothing.
func (m *mailbox) receiver(class string) receiver {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	if len(m.receive) == 0 {
		return receiver{folder: m.special[object.KindInbox]}
	}
	if class == "" {
		class = defaultClass
	}
	for key := receiverKey(class); ; {
		if r, ok := m.receive[key]; ok && m.inTree(r.folder) {
			return r
		}
		if key == "" {
			break
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return receiver{folder: m.special[object.KindInbox]}
}

// inTree says whether a folder lies in the tree, and not among what was
// deleted. It wants m.stateMu.
func (m *mailbox) inTree(id mapi.ID) bool {
	for range maxDepth + 1 {
		f := m.folders[id]
		if f == nil || f.kind == object.KindRecoverable {
			return false
		}
		if id == rootID {
			return true
		}
		id = f.parent
	}
	return false
}

// ReceiveFolder implements object.Stores.
func (s *session) ReceiveFolder(ctx context.Context, req object.ReceiveFolderRequest) (object.ReceiveFolderResponse, error) {
	m, _, leave, err := s.mailbox(ctx, actReceive, req.Store)
	if err != nil {
		return object.ReceiveFolderResponse{}, err
	}
	defer leave()
	if err := checkClass(req.Class); err != nil {
		return object.ReceiveFolderResponse{}, err
	}
	r := m.receiver(req.Class)
	if r.folder == 0 {
		return object.ReceiveFolderResponse{}, fmt.Errorf("find receive folder of %q: store %s has no Inbox: %w", req.Class, m.guid, mapi.NotFound)
	}
	return object.ReceiveFolderResponse{Folder: r.folder, Class: r.class}, nil
}

// SetReceiveFolder implements object.Stores. The class "" stands for all that
// no other entry is about. What IPM and REPORT.IPM do cannot be set, [MS-OXCSTOR] 3.2.5.3.
func (s *session) SetReceiveFolder(ctx context.Context, req object.SetReceiveFolderRequest) (object.Empty, error) {
	m, acc, leave, err := s.mailbox(ctx, actSetReceive, req.Store)
	if err != nil {
		return object.Empty{}, err
	}
	defer leave()
	if !acc.owns() {
		return object.Empty{}, fmt.Errorf("set receive folder of store %s: not the owner: %w", m.guid, mapi.NoAccess)
	}
	key := receiverKey(req.Class)
	if err := checkClass(req.Class); err != nil {
		return object.Empty{}, err
	}
	if key == "ipm" || key == "report.ipm" {
		return object.Empty{}, fmt.Errorf("set receive folder of %q: %w", req.Class, mapi.NoAccess)
	}
	err = m.updateAs(ctx, acc, func(t *tx) error {
		return t.setReceiver(key, receiver{req.Class, req.Folder})
	})
	return object.Empty{}, s.audited(ctx, err, "set receive folder", m.guid.String())
}

func (t *tx) setReceiver(key string, r receiver) error {
	if r.folder == 0 {
		t.after(func() { t.m.changeReceivers(func(all map[string]receiver) { delete(all, key) }) })
		return t.c.Exec("DELETE FROM receive WHERE class = ?", r.class)
	}
	if _, err := t.lookHolder(r.folder); err != nil {
		return err
	}
	n, err := t.c.Int("SELECT count(*) FROM receive WHERE class <> ?", r.class)
	if err == nil && n >= maxReceivers {
		err = fmt.Errorf("set receive folder of %q: %d of them: %w", r.class, n, mapi.NotEnoughResources)
	}
	if err != nil {
		return err
	}
	t.after(func() { t.m.changeReceivers(func(all map[string]receiver) { all[key] = r }) })
	return t.c.Exec("INSERT OR REPLACE INTO receive (class, folder) VALUES (?, ?)", r.class, uint64(r.folder))
}

func (m *mailbox) changeReceivers(f func(map[string]receiver)) {
	m.stateMu.Lock()
	defer m.stateMu.Unlock()
	f(m.receive)
}

// forgetFolder removes what is about a folder that goes away for good: who
// receives there, and its rules.
func (t *tx) forgetFolder(id mapi.ID) error {
	t.after(func() {
		t.m.changeReceivers(func(all map[string]receiver) {
			for key, r := range all {
				if r.folder == id {
					delete(all, key)
				}
			}
		})
	})
	err := t.c.Exec("DELETE FROM receive WHERE folder = ?", uint64(id))
	if err == nil {
		err = t.c.Exec("DELETE FROM rule WHERE folder = ?", uint64(id))
	}
	return err
}

// checkClass says whether a message class is one, [MS-OXCSTOR] 2.2.1.2.1:
// printable ASCII without a dot at either end.
func checkClass(class string) error {
	bad := len(class) > maxMessageClass || strings.HasPrefix(class, ".") || strings.HasSuffix(class, ".") ||
		strings.ContainsFunc(class, func(r rune) bool { return r < 0x20 || r > 0x7e })
	if bad {
		return fmt.Errorf("check message class %.40q: %w", class, mapi.InvalidParameter)
	}
	return nil
}

// receiveFolderRows are the rows of TableReceiveFolders, [MS-OXCSTOR] 2.2.1.4:
// the entries, and the Inbox for the rest.
func (s *session) receiveFolderRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	m, acc, leave, err := s.mailbox(ctx, actReceive, req.Store)
	if err != nil {
		return nil, err
	}
	defer leave()
	if !acc.owns() {
		return nil, fmt.Errorf("list receive folders of store %s: not the owner: %w", m.guid, mapi.NoAccess)
	}
	m.stateMu.RLock()
	list := []receiver{{folder: m.special[object.KindInbox]}}
	for key, r := range m.receive {
		switch {
		case !m.inTree(r.folder):
		case key == "":
			list[0] = r
		default:
			list = append(list, r)
		}
	}
	m.stateMu.RUnlock()
	slices.SortFunc(list, func(a, b receiver) int { return strings.Compare(receiverKey(a.class), receiverKey(b.class)) })
	var out []mapi.Props
	for _, r := range list {
		if r.folder != 0 {
			out = append(out, mapi.Props{{Tag: tag.MessageClass, Value: mapi.String(r.class)}, {Tag: tag.FolderId, Value: mapi.Int64(int64(r.folder))}})
		}
	}
	return out, nil
}
