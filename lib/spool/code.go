// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import "twiga/lib/log"

// Messages of the spooler; twiga-spooler(8) explains them.
const (
	codeSent     log.Code = "TW-SPOOLER-0001" // recipient sent
	codeDeferred log.Code = "TW-SPOOLER-0002" // recipient to be tried again
	codeFailed   log.Code = "TW-SPOOLER-0003" // recipient refused or expired
	codeStore    log.Code = "TW-SPOOLER-0010" // the store cannot be asked
	codeRecord   log.Code = "TW-SPOOLER-0011" // what became of a message cannot be recorded yet
	codeMessage  log.Code = "TW-SPOOLER-0012" // a message cannot be read or composed
	codeRelay    log.Code = "TW-SPOOLER-0013" // the relay cannot be used
	codeGone     log.Code = "TW-SPOOLER-0014" // an entry left the queue while it was sent
	codePanic    log.Code = "TW-SPOOLER-0020" // sending a message ended in a panic
)
