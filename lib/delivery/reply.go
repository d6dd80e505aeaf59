// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/proto/lmtp"
)

// replyTo is the answer about one recipient that a store's code makes
// (RFC 5321 4.2.3, RFC 3463 3).
func replyTo(rcpt string, code mapi.Code, permanentQuota bool) lmtp.Reply {
	number, status, text := 451, "4.3.0", "trouble with the store, try again"
	switch code {
	case 0:
		number, status, text = 250, "2.1.5", "ok"
	case mapi.NotFound:
		number, status, text = 550, "5.1.1", "no such user here"
	case mapi.NoRecipients:
		number, status, text = 550, "5.1.1", "nobody in the group has a mailbox here"
	case mapi.AmbiguousRecipient:
		number, status, text = 550, "5.1.4", "address is ambiguous"
	case mapi.QuotaExceeded:
		number, status, text = 452, "4.2.2", "mailbox is full"
		if permanentQuota {
			number, status = 552, "5.2.2"
		}
	case mapi.TooBig:
		number, status, text = 552, "5.3.4", "message is too big"
	case mapi.NotEnoughDisk, mapi.StoreFull:
		number, status, text = 452, "4.3.1", "no space left, try again later"
	case mapi.Busy:
		number, status, text = 451, "4.2.0", "mailbox is busy, try again"
	case mapi.NoAccess:
		number, status, text = 451, "4.3.5", "delivery is not set up, try again later"
	}
	return lmtp.Reply{Code: number, Status: status, Text: fmt.Sprintf("<%s> %s", rcpt, text)}
}
