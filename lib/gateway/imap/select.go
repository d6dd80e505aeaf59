// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/mapi"
	proto "twiga/lib/proto/imap"
)

// Select implements proto.Session, RFC 3501 6.3.1.
func (s *session) Select(ctx context.Context, mailbox string, opts *proto.SelectOptions) (*proto.SelectData, error) {
	s.unselect()
	v, rights, err := s.openFolder(ctx, mailbox)
	if err != nil {
		return nil, answer(err)
	}
	s.sel = &selected{
		view: v, rights: rights, readOnly: opts.ReadOnly || rights&rightsWriting == 0, rev2: s.rev2, origin: s.gw.origins.Add(1),
	}
	s.selectedName = mailbox
	s.view.Store(v)
	d := s.sel.open()
	s.sel.fetched = s.sel.knownUID()
	if s.rev2 {
		err = s.list(ctx, mailbox, d)
	}
	return d, answer(err)
}

// list sets what a plain LIST tells of a mailbox; nothing if it is gone.
func (s *session) list(ctx context.Context, mailbox string, d *proto.SelectData) error {
	f, err := s.folder(ctx, mailbox)
	if errors.Is(err, proto.ErrNoSuchMailbox) {
		return nil
	}
	if err != nil {
		return err
	}
	d.Mailbox = f.path
	if s.isForeign(mailbox) {
		d.Mailbox = s.prefixOf(mailbox) + f.path
	}
	l := lister{s: s, opts: &proto.ListOptions{Extended: true, ReturnChildren: true, ReturnSpecialUse: true}}
	d.Attrs, _ = l.attributes(&entry{place: f, name: d.Mailbox, children: f.children}, false)
	return nil
}

// openFolder opens the view of a folder and compares it with the store. If the
// folder is gone the name may mean another one by now.
func (s *session) openFolder(ctx context.Context, mailbox string) (*view, mapi.Rights, error) {
	for try := 0; ; try++ {
		f, err := s.folder(ctx, mailbox)
		if err != nil {
			return nil, 0, err
		}
		f.box.startWatch()
		v := f.box.openView(f.id)
		err = v.verify(ctx, s.store)
		if err == nil {
			return v, f.rights, nil
		}
		f.box.closeView(v)
		if !errors.Is(err, errViewLost) {
			return nil, 0, err
		}
		if try > 0 {
			return nil, 0, proto.ErrNoSuchMailbox
		}
		f.box.treeStale.Store(true)
	}
}

// open gives the client the view as it is now.
func (s *selected) open() *proto.SelectData {
	v := s.view
	v.mu.Lock()
	defer v.mu.Unlock()
	s.follow()
	s.told = len(v.keywords.names)
	s.claimRecent()
	flags := v.keywords.all()
	return &proto.SelectData{
		Flags: flags, PermanentFlags: s.permanent(flags),
		Exists: uint32(len(s.uids)), Recent: s.countRecent(), FirstUnseen: v.firstUnseen(),
		UIDValidity: v.uidValidity, UIDNext: v.uidNext, HighestModSeq: v.have.Load(), ReadOnly: s.readOnly,
		MailboxID: v.box.id(v.folder),
	}
}
