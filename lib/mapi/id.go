// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import "fmt"

// ID names a folder or a message within its store. 0 names nothing; ids are
// never used again. A store's GUID and an ID together are what an entry id
// holds ([MS-OXCDATA] 2.2.4).
type ID uint64

// String is the id as 0x1f.
func (id ID) String() string { return fmt.Sprintf("0x%x", uint64(id)) }

// UID is an IMAP unique identifier, the order of a message in its folder (RFC
// 9051 2.3.1.1); MAPI's PidTagInternetArticleNumber.
type UID uint32

// UIDRange is the UIDs First to Last, both in it.
type UIDRange struct{ First, Last UID }

// Change is a change number: every change of a mailbox takes the next one
// ([MS-OXCFXICS] 2.2.2.1). IMAP's MODSEQ is the same number (RFC 7162).
type Change uint64
