// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import "twiga/lib/log"

// The codes of the engine's log lines, described in twiga-stored(8).
const (
	codePanic      log.Code = "TW-STORED-0301" // an operation met an internal error
	codeCheckpoint log.Code = "TW-STORED-0302" // a mailbox's log could not be copied
	codeAdminRead  log.Code = "TW-STORED-0303" // an administrator reads a mailbox
	codeQueue      log.Code = "TW-STORED-0304" // the queue of a mailbox cannot be read
	codeUnopened   log.Code = "TW-STORED-0306" // the mailbox of a recipient cannot be opened
	codeSweep      log.Code = "TW-STORED-0307" // contents that nothing refers to were removed, or could not be
	codeStray      log.Code = "TW-STORED-0305" // something in the data folder does not belong there
)
