// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import "twiga/lib/log"

// Messages of delivery; twiga-dagent(8) explains them.
const (
	codeDelivered log.Code = "TW-DAGENT-0001" // delivered
	codeDeferred  log.Code = "TW-DAGENT-0002" // not delivered, the client shall try again
	codeRefused   log.Code = "TW-DAGENT-0003" // not delivered, for good
	codeStore     log.Code = "TW-DAGENT-0010" // the store cannot be asked or did not take the message
	codeSpill     log.Code = "TW-DAGENT-0011" // the message cannot be kept while it arrives
	codeForm      log.Code = "TW-DAGENT-0012" // the store took the message only as it is, without its properties
	codeCutOff    log.Code = "TW-DAGENT-0013" // the client left within a message
	codeMember    log.Code = "TW-DAGENT-0014" // a member of a group gets no message
)
