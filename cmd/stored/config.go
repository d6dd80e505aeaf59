// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"fmt"
	"time"

	"twiga/lib/config"
	"twiga/lib/daemon"
	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/store"
)

// minBlobGrace is more than a delivery may take from its content to its message.
const minBlobGrace = time.Hour

// Config is stored's configuration.
type Config struct {
	daemon.Common

	DataDir       string   `key:"data_dir" default:"/var/lib/twiga" doc:"Folder that holds all mailboxes, contents and users."`
	Listen        []string `key:"listen" default:"unix:/run/twiga/store.sock" doc:"Where the other daemons connect: unix:/path."`
	AdminListen   []string `key:"admin_listen" default:"unix:/run/twiga/admin.sock?mode=0600" doc:"Reserved for operators: answers when the other is full. Empty: none."`
	VersionFile   string   `key:"version_file" default:"/run/twiga/versions" doc:"File in memory through which the other daemons see that a mailbox has not changed, without asking. Empty: they ask."`
	DefaultDomain string   `key:"default_domain" default:"localhost" doc:"Domain of login names and addresses that have none."`
	Language      string   `key:"language" default:"en" doc:"Language of the folder names of users who have none."`

	Roles map[string][]string `key:"roles" reload:"true" doc:"Users, by name or number, that hold a role: gateway, delivery, spool, index, monitor, archive or admin. Root and the daemon's own user hold all."`

	Quota Quota `key:"quota" doc:"Limits of the mailboxes of users who have none of their own; 0 is no limit."`
	Cache Cache `key:"cache" doc:"What is kept ready."`
	RPC   RPC   `key:"rpc" doc:"Bounds of what clients may ask for."`
}

// Quota is the table of the default limits.
type Quota struct {
	Warn config.Size `key:"warn" default:"0" doc:"Size beyond which the user is told."`
	Soft config.Size `key:"soft" default:"0" doc:"Size beyond which nothing is sent."`
	Hard config.Size `key:"hard" default:"0" doc:"Size beyond which nothing is saved."`
}

// Cache is the table of what is kept ready.
type Cache struct {
	Mailboxes int           `key:"mailboxes" default:"256" doc:"Mailboxes that are kept open."`
	Logon     time.Duration `key:"logon" default:"5m" doc:"Time that a password that was right is not looked up again."`
	BlobGrace time.Duration `key:"blob_grace" default:"24h" doc:"Time that content which no message refers to is kept, an hour at least."`
}

// RPC is the table of the bounds of the remote calls.
type RPC struct {
	MaxConnections      int           `key:"max_connections" default:"4096" doc:"Connections at a time."`
	MaxCalls            int           `key:"max_calls" default:"1024" doc:"Calls that run at a time."`
	MaxAdminConnections int           `key:"max_admin_connections" default:"32" doc:"Connections at a time on admin_listen."`
	MaxAdminCalls       int           `key:"max_admin_calls" default:"8" doc:"Calls that run at a time on admin_listen."`
	MaxSessions         int           `key:"max_sessions" default:"100000" doc:"Sessions at a time."`
	MaxRequest          config.Size   `key:"max_request" default:"48M" doc:"Size of one request."`
	MaxUpload           config.Size   `key:"max_upload" default:"4G" doc:"Size of one content."`
	MaxDepth            int           `key:"max_depth" default:"64" doc:"Depth of the elements of a SOAP request."`
	MaxRows             int           `key:"max_rows" default:"1000" doc:"Rows of a table in one SOAP response."`
	CallWait            time.Duration `key:"call_wait" default:"10s" doc:"Time that a call waits while max_calls are running."`
	Handshake           time.Duration `key:"handshake" default:"10s" doc:"Time that a client has to begin."`
	Stall               time.Duration `key:"stall" default:"2m" doc:"Time that a client has to finish what it sends and to take what it is sent."`
	Idle                time.Duration `key:"idle" default:"2m" doc:"Time that an HTTP connection is kept without a request."`
	SessionIdle         time.Duration `key:"session_idle" default:"15m" doc:"Time that a SOAP session is kept without a request."`
	SessionGrace        time.Duration `key:"session_grace" default:"1m" doc:"Time that the sessions of a client are kept when all its connections are gone."`
	LogonDelay          time.Duration `key:"logon_delay" default:"300ms" doc:"Pause after a logon that failed."`
}

// Check implements the check of the configuration.
func (c *Config) Check() error {
	if c.DataDir == "" {
		return fmt.Errorf("key data_dir: want a folder")
	}
	if len(c.Listen) == 0 {
		return fmt.Errorf("key listen: want an address")
	}
	if c.Cache.BlobGrace < minBlobGrace {
		return fmt.Errorf("key cache.blob_grace: want %s or more: content waits so long for its message", minBlobGrace)
	}
	for _, spec := range append(c.Listen[:len(c.Listen):len(c.Listen)], c.AdminListen...) {
		a, err := daemon.ParseAddress(spec)
		if err != nil {
			return err
		}
		if a.Network == "tcp" {
			return fmt.Errorf("key listen: %s: want unix:/path or systemd:name", spec)
		}
	}
	return nil
}

func (c *Config) engine() store.Options {
	return store.Options{
		DefaultDomain: c.DefaultDomain, Language: c.Language,
		Quota:     object.Limits{Warn: int64(c.Quota.Warn), Soft: int64(c.Quota.Soft), Hard: int64(c.Quota.Hard)},
		Mailboxes: c.Cache.Mailboxes, LogonCache: c.Cache.Logon, BlobGrace: c.Cache.BlobGrace,
	}
}

func (c *Config) server() rpc.ServerOptions {
	return rpc.ServerOptions{
		MaxSessions: c.RPC.MaxSessions, MaxFrame: int(c.RPC.MaxRequest), MaxBody: int64(c.RPC.MaxRequest),
		MaxDepth: c.RPC.MaxDepth, MaxRows: c.RPC.MaxRows, MaxUpload: int64(c.RPC.MaxUpload),
		Handshake: c.RPC.Handshake, Stall: c.RPC.Stall, Idle: c.RPC.Idle, SessionIdle: c.RPC.SessionIdle,
		Grace: c.RPC.SessionGrace, LogonDelay: c.RPC.LogonDelay, Drain: c.DrainTimeout * 3 / 4,
	}
}
