// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import "twiga/lib/log"

// The codes of the engine's log lines, described in twiga-stored(8).
const (
	codePanic       log.Code = "TW-STORED-0301" // an operation met an internal error
	codeCheckpoint  log.Code = "TW-STORED-0302" // a mailbox's log could not be copied
	codeAdminRead   log.Code = "TW-STORED-0303" // an administrator or impersonator looks into a mailbox
	codeQueue       log.Code = "TW-STORED-0304" // the queue of a mailbox cannot be read
	codeUnopened    log.Code = "TW-STORED-0306" // the mailbox of a recipient cannot be opened
	codeSweep       log.Code = "TW-STORED-0307" // contents that nothing refers to were removed, or could not be
	codeImpersonate log.Code = "TW-STORED-0308" // an administrator acts as a user
	codeAct         log.Code = "TW-STORED-0309" // an administrative act
	codePrune       log.Code = "TW-STORED-0310" // old deletions could not be forgotten
	codeSearch      log.Code = "TW-STORED-0311" // search folders of a mailbox could not be filled
	codePurge       log.Code = "TW-STORED-0312" // soft-deleted messages were removed for good, or could not be
	codeFlagSync    log.Code = "TW-STORED-0313" // flags that were acknowledged could not be brought to the disk
	codePowerCut    log.Code = "TW-STORED-0314" // flags may have been lost, all messages of their folders have new change numbers
	codeRedo        log.Code = "TW-STORED-0315" // the log that mailboxes share failed
	codeKicked      log.Code = "TW-STORED-0320" // an administrator ended a session
	codeStray       log.Code = "TW-STORED-0305" // something in the data folder does not belong there
	codeDamage      log.Code = "TW-STORED-0330" // damage of a mailbox or of a content was met
	codeSalvage     log.Code = "TW-STORED-0331" // a damaged mailbox was read into a new file
)
