// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"errors"
	"fmt"
	"time"

	"twiga/lib/config"
)

// Settings are what an operator says about delivery.
type Settings struct {
	Listen         []string      `key:"listen" default:"tcp:127.0.0.1:2003" doc:"Where LMTP is spoken: host:port or unix:/path?mode=0660&group=postfix. LMTP has no access control of its own; keep it inside the machine or the network of your mail servers."`
	Hostname       string        `key:"hostname" doc:"Name in the greeting and in the Received field. Empty: the machine's."`
	MaxMessageSize config.Size   `key:"max_message_size" default:"100M" doc:"Largest message, told to the client as SIZE. 0: no limit." reload:"true"`
	MaxRecipients  int           `key:"max_recipients" default:"1000" doc:"Recipients of one transaction; the client brings the rest in another one. 0: no limit." reload:"true"`
	MaxConnections int           `key:"max_connections" default:"200" doc:"Connections at a time. 0: no limit."`
	IdleTimeout    time.Duration `key:"idle_timeout" default:"5m" doc:"Time that a client may stay silent between commands." reload:"true"`
	DataTimeout    time.Duration `key:"data_timeout" default:"3m" doc:"Time that a client may stay silent within a message." reload:"true"`
	StoreTimeout   time.Duration `key:"store_timeout" default:"2m" doc:"Time that the store gets for one message. The client is then told to come again." reload:"true"`
	OverQuota      string        `key:"over_quota" default:"temporary" doc:"What is said about a mailbox that is over its quota: temporary (452, the client keeps the message) or permanent (552, the sender is told)." reload:"true"`
	SpillDir       string        `key:"spill_dir" doc:"Folder for messages too large for memory while they arrive. Empty: the system's for temporary files."`
	SpillLimit     config.Size   `key:"spill_limit" default:"256k" doc:"Bytes of a message that are kept in memory while it arrives."`
}

// Check implements the check of the configuration.
func (s *Settings) Check() error {
	switch {
	case s.OverQuota != "temporary" && s.OverQuota != "permanent":
		return fmt.Errorf("key over_quota: want temporary or permanent, got %q", s.OverQuota)
	case s.MaxRecipients < 0 || s.MaxConnections < 0:
		return errors.New("keys max_recipients, max_connections: want no negative number")
	case s.IdleTimeout <= 0 || s.DataTimeout <= 0 || s.StoreTimeout <= 0:
		return errors.New("keys idle_timeout, data_timeout, store_timeout: want more than 0s")
	}
	return nil
}
