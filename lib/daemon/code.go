// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import "twiga/lib/log"

// Messages of the skeleton, the same in every daemon; twiga(7) explains them.
const (
	codeReady        log.Code = "TW-DAEMON-0001" // ready
	codeStop         log.Code = "TW-DAEMON-0002" // stop
	codeOverdue      log.Code = "TW-DAEMON-0003" // drain timeout is over
	codeStopped      log.Code = "TW-DAEMON-0004" // stopped
	codeReloaded     log.Code = "TW-DAEMON-0010" // configuration reloaded
	codeReloadFailed log.Code = "TW-DAEMON-0011" // reload failed
	codeNeedsRestart log.Code = "TW-DAEMON-0012" // key takes effect at the next start
	codePanic        log.Code = "TW-DAEMON-0020" // connection ended by a panic
	codeRefused      log.Code = "TW-DAEMON-0021" // too many connections
	codeAccept       log.Code = "TW-DAEMON-0022" // accept failed
	codeCut          log.Code = "TW-DAEMON-0023" // connections cut at the end of the drain
	codeNotify       log.Code = "TW-DAEMON-0030" // service manager cannot be told
	codeUnclaimed    log.Code = "TW-DAEMON-0031" // socket of the service manager is not used
)
