// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"twiga/lib/config"
	"twiga/lib/daemon"
	gateway "twiga/lib/gateway/imap"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap"
	"twiga/lib/proto/lines"
	"twiga/lib/spill"
)

// Config is the daemon's configuration, twiga-imapgw.toml(5).
type Config struct {
	daemon.Common
	daemon.StoreAccess

	Imap  []string   `key:"imap" default:"tcp::143" doc:"Where to listen for IMAP, with STARTTLS if there is a certificate. Empty: nowhere."`
	Imaps []string   `key:"imaps" doc:"Where to listen for IMAP under TLS from the start (port 993). It takes a certificate. Empty: nowhere."`
	Pop3  []string   `key:"pop3" doc:"Where to listen for POP3 (port 110), with STLS if there is a certificate. Empty: nowhere."`
	Pop3s []string   `key:"pop3s" doc:"Where to listen for POP3 under TLS from the start (port 995). It takes a certificate. Empty: nowhere."`
	TLS   daemon.TLS `key:"tls" doc:"The certificate for STARTTLS, STLS, imaps and pop3s."`

	ProxyFrom []string `key:"proxy_from" doc:"Addresses and networks (192.0.2.0/24) of proxies: their connections must begin with a header of the PROXY protocol, 1 or 2, that tells the client. Empty: none."`

	PlaintextAuth string `key:"plaintext_auth" default:"local" doc:"From where passwords are taken without TLS: never, local (from this machine) or always."`

	MaxConnections     int `key:"max_connections" default:"10000" doc:"Connections at a time. 0: no limit."`
	MaxUserConnections int `key:"max_user_connections" default:"100" doc:"Connections of one user at a time. 0: no limit."`
	MaxPeerConnections int `key:"max_peer_connections" default:"200" doc:"Connections from one address at a time, by all protocols together; those from this machine are not counted. 0: no limit."`

	AuthDelay   time.Duration `key:"auth_delay" default:"2s" doc:"Time that the answer to a wrong password is held back."`
	AuthTries   int           `key:"auth_tries" default:"3" doc:"Wrong passwords on a connection until it is ended."`
	LoginTime   time.Duration `key:"login_timeout" default:"1m" doc:"Time that a client has to log in."`
	IdleTime    time.Duration `key:"idle_timeout" default:"30m" doc:"Time that a client may be silent, also in IDLE; at least 30m (RFC 3501)."`
	Pop3Idle    time.Duration `key:"pop3_idle_timeout" default:"10m" doc:"Time that a POP3 client may be silent; at least 10m (RFC 1939). Its maildrop is locked as long."`
	Pop3Delay   time.Duration `key:"pop3_login_delay" default:"0s" doc:"Least time between two POP3 logins of a user, by all gateways of the store. 0: none."`
	Pop3Unread  bool          `key:"pop3_keep_unread" default:"false" doc:"Do not mark messages as read that a POP3 client has fetched."`
	MessageSize config.Size   `key:"message_limit" default:"128M" doc:"Largest message that is taken by APPEND."`

	OtherUsers    string `key:"other_users" default:"Other Users" doc:"Name that the mailboxes of other users stand under, as far as they let one see them. Empty: they are not shown."`
	PublicFolders string `key:"public_folders" default:"Public Folders" doc:"Name that the folders of the public store stand under. Empty: they are not shown."`

	MessageCount int `key:"command_messages" default:"10000000" doc:"Messages that one IMAP command may be about; what is beyond is left out and the client is told (RFC 9738). 0: no limit."`

	Unauthenticate bool `key:"unauthenticate" default:"true" doc:"Let IMAP clients log out and in again, as another user too, on one connection (RFC 8437). false is for a proxy before this daemon that knows users by their connection."`

	Comment      string `key:"comment" doc:"What clients are told about this server that ask for its metadata (RFC 5464). Empty: nothing."`
	AdminContact string `key:"admin_contact" doc:"URI by which they can reach who runs it: mailto:postmaster@example.org. Empty: none."`

	ShowAll   bool          `key:"show_all_folders" default:"false" doc:"Show calendars, contacts and other folders that are not for mail, too."`
	ViewIdle  time.Duration `key:"view_idle" default:"10m" doc:"Time that the list of messages of a folder that nobody has open is kept in memory."`
	ViewRows  int           `key:"view_messages" default:"4000000" doc:"Messages in all such lists, about 60 bytes each, beyond which those of folders that nobody has open are dropped."`
	Cache     string        `key:"cache" default:"auto" doc:"Memory for messages and header fields that clients read lately, kept with these lists: a size, or auto for a 32nd of what this daemon may use, at least 32M and at most 512M. 0: none."`
	Temporary string        `key:"temporary" doc:"Directory for large messages while they are received. Empty: the system's."`
}

// Check implements the check of the configuration.
func (c *Config) Check() error {
	if err := c.Common.Check(); err != nil {
		return err
	}
	if err := c.StoreAccess.Check(); err != nil {
		return err
	}
	if _, err := daemon.ParseNetworks(c.ProxyFrom); err != nil {
		return fmt.Errorf("key proxy_from: %w", err)
	}
	switch c.PlaintextAuth {
	case "never", "local", "always":
	default:
		return fmt.Errorf("key plaintext_auth: want never, local or always, got %q", c.PlaintextAuth)
	}
	switch {
	case len(c.Imap)+len(c.Imaps)+len(c.Pop3)+len(c.Pop3s) == 0:
		return fmt.Errorf("keys imap, imaps, pop3 and pop3s: all are empty")
	case len(c.Imaps) > 0 && !c.TLS.Enabled():
		return fmt.Errorf("key imaps: no certificate is named (tls.certificate)")
	case len(c.Pop3s) > 0 && !c.TLS.Enabled():
		return fmt.Errorf("key pop3s: no certificate is named (tls.certificate)")
	case c.Pop3Idle < 10*time.Minute:
		return fmt.Errorf("key pop3_idle_timeout: want at least 10m, got %s", c.Pop3Idle)
	case c.Pop3Delay < 0:
		return fmt.Errorf("key pop3_login_delay: want 0 or more, got %s", c.Pop3Delay)
	case c.IdleTime < 30*time.Minute:
		return fmt.Errorf("key idle_timeout: want at least 30m, got %s", c.IdleTime)
	case strings.ContainsFunc(c.OtherUsers+c.PublicFolders, notInName):
		return fmt.Errorf("keys other_users and public_folders: want no slash, wildcard or control character")
	case c.OtherUsers != "" && strings.EqualFold(c.OtherUsers, c.PublicFolders):
		return fmt.Errorf("keys other_users and public_folders: want two names, got %q for both", c.OtherUsers)
	case c.AuthTries < 1:
		return fmt.Errorf("key auth_tries: want at least 1")
	}
	if _, err := config.ParseSize(c.Cache); err != nil && c.Cache != cacheAuto {
		return fmt.Errorf("key cache: %w, or %s", err, cacheAuto)
	}
	return nil
}

// notInName says whether a character has no place in the names of namespaces.
func notInName(r rune) bool { return r < ' ' || strings.ContainsRune("/*%\x7f", r) }

func (c *Config) gateway(env *daemon.Env, store object.Service, seen metrics) gateway.Config {
	return gateway.Config{
		Service: store, ShowAll: c.ShowAll, OtherUsers: c.OtherUsers, PublicFolders: c.PublicFolders,
		Comment: c.Comment, AdminContact: c.AdminContact,
		UserConns: c.MaxUserConnections,
		ViewIdle:  c.ViewIdle, ViewRows: c.ViewRows, Spill: spill.NewPool(c.Temporary, 0), Logger: env.Log,
		Cache: c.cache(), Hooks: seen.gateway(),
	}
}

// What auto stands for: a part of the memory there is, within bounds in bytes.
const (
	cacheAuto  = "auto"
	cachePart  = 32
	cacheLeast = 32 << 20
	cacheMost  = 512 << 20
)

// cache is the size of the cache in bytes, as the gateway wants it: -1 for none.
func (c *Config) cache() int64 {
	if c.Cache == cacheAuto {
		return int64(min(max(daemon.Memory()/cachePart, cacheLeast), cacheMost))
	}
	n, _ := config.ParseSize(c.Cache) // Check has seen it
	if n == 0 {
		return -1
	}
	return int64(n)
}

func (c *Config) server(env *daemon.Env, backend imap.Backend, certificate *tls.Config, peers *lines.Peers, seen metrics) imap.Config {
	return imap.Config{
		Backend: backend, TLS: certificate, Peers: peers, PlainLoginFrom: plainLogin(c.PlaintextAuth), NoOpenProofs: c.PlaintextAuth == "never", NoUnauthenticate: !c.Unauthenticate, Delim: '/', DecodeText: gateway.DecodeText,
		ServerID: []string{"name", "Twiga"},
		Limits:   imap.Limits{Append: int64(c.MessageSize), Messages: c.MessageCount, AuthFailures: c.AuthTries},
		Timeouts: lines.Timeouts{Login: c.LoginTime, Idle: c.IdleTime, AuthDelay: c.AuthDelay},
		Logger:   env.Log, Hooks: seen.server(),
	}
}
