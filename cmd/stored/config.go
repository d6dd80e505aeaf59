// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"twiga/lib/config"
	"twiga/lib/daemon"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/scram"
	"twiga/lib/store"
)

// minBlobGrace is more than a delivery may take from its content to its message.
const minBlobGrace = time.Hour

// maxNamedProperties is how many ids there are from 0x8000 on.
const maxNamedProperties = 0x7fff

// maxFlagSync is the longest time that may pass until flags are on the disk.
const maxFlagSync = time.Minute

// Sizes of the redo log: it is read as a whole at a start.
const (
	minRedoLog = 1 << 20
	maxRedoLog = 1 << 30
)

// minTombstoneAge is the unit that the engine counts in.
const minTombstoneAge = 24 * time.Hour

// Config is stored's configuration.
type Config struct {
	daemon.Common

	DataDir       string   `key:"data_dir" default:"/var/lib/twiga" doc:"Folder that holds all mailboxes, contents and users."`
	Listen        []string `key:"listen" default:"unix:/run/twiga/store.sock" doc:"Where the other daemons connect: unix:/path."`
	AdminListen   []string `key:"admin_listen" default:"unix:/run/twiga/admin.sock?mode=0600" doc:"Reserved for operators: answers when the other is full. Empty: none."`
	VersionFile   string   `key:"version_file" default:"/run/twiga/versions" doc:"File in memory through which the other daemons see that a mailbox has not changed, without asking. Empty: they ask."`
	DefaultDomain string   `key:"default_domain" default:"localhost" doc:"Domain of login names and addresses that have none."`
	Language      string   `key:"language" default:"en" doc:"Language of the folder names of users who have none."`

	NamedProperties int `key:"named_properties" default:"5000" doc:"Names of properties that a mailbox may have, 32767 at most."`

	Roles map[string][]string `key:"roles" reload:"true" doc:"Users, by name or number, that hold a role: gateway, delivery, spool, index, monitor, archive or admin. Root and the daemon's own user hold all."`

	Password Password `key:"password" doc:"What the users' passwords must be like; those that are there stay. App passwords are made by the server and stand apart."`

	Logon Logon `key:"logon" doc:"How fast passwords can be guessed and how many sessions there are, over all gateways."`

	OIDC OIDC `key:"oidc" doc:"Who issues the bearer tokens that users may log on with."`

	SoftDelete time.Duration `key:"soft_delete" default:"336h" doc:"Time that deleted messages and folders can be restored; 0 is not at all."`

	FlagSync time.Duration `key:"flag_sync" default:"500ms" doc:"Time that a change of flags may wait for the disk after it was acknowledged; 0: it is on the disk before."`

	RedoLog config.Size `key:"redo_log" default:"32M" doc:"Size of the log on the disk that commits of all mailboxes wait for; 0: each waits for its mailbox's own."`

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

// Password is the table of the policy of passwords.
type Password struct {
	MinLength int           `key:"min_length" default:"0" doc:"Characters that there must be."`
	Classes   int           `key:"classes" default:"0" doc:"How many there must be of small letters, capitals, digits and others."`
	NotName   bool          `key:"not_name" default:"true" doc:"Neither the login name nor a word of the full name may be in it."`
	History   int           `key:"history" default:"0" doc:"So many last passwords cannot be taken again, the present one among them; 24 at most."`
	MaxAge    time.Duration `key:"max_age" default:"0s" doc:"Age at which a password is expired. 0: never."`
	Failures  int           `key:"failures" default:"20" doc:"So many different wrong passwords within the time of lockout lock a user out; app passwords go on. 0: none do."`
	Lockout   time.Duration `key:"lockout" default:"10m" doc:"Time that a user is locked out."`

	ScramIterations int `key:"scram_iterations" default:"16384" doc:"Iterations of the keys for SCRAM-SHA-256, 4096 at least. 0: no keys are kept, those that are there are deleted, and SCRAM is not offered."`
}

// OIDC is the table of the issuer of bearer tokens.
type OIDC struct {
	Issuer   string        `key:"issuer" doc:"URL of the OpenID Connect issuer whose bearer tokens users may log on with (OAUTHBEARER, XOAUTH2). Empty: none."`
	Audience string        `key:"audience" doc:"Whom tokens must be for: the client id that mail programs have at the issuer."`
	Claim    string        `key:"claim" default:"email" doc:"Claim of the token that is the user's login name or address."`
	Scope    string        `key:"scope" doc:"Scope that tokens must have. Empty: any."`
	Skew     time.Duration `key:"skew" default:"1m" doc:"By how much the issuer's clock may differ."`

	Introspection    string `key:"introspection" doc:"URL where the issuer is asked about opaque tokens (RFC 7662). Empty: such tokens are refused."`
	Client           string `key:"client" doc:"Client id with which it is asked. Empty: the audience."`
	ClientSecretFile string `key:"client_secret_file" doc:"File with the secret of that client, in its first line."`
}

// isPrivate says whether what is sent to a URL stays between us and its server.
func isPrivate(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (err == nil && ip.IsLoopback() || u.Hostname() == "localhost")
}

// Logon is the table of the bounds of logons through gateways.
type Logon struct {
	AddressFailures int           `key:"address_failures" default:"20" doc:"Wrong credentials from an address, or a /64 of IPv6, beyond which tries are delayed. This machine is never. 0: no address is."`
	UserFailures    int           `key:"user_failures" default:"10" doc:"Wrong credentials of a user beyond which tries are delayed, but where the user was let in before. 0: no user is."`
	Delay           time.Duration `key:"delay" default:"1s" doc:"Time after a failure too many in which the next try is refused; it doubles with each."`
	MaxDelay        time.Duration `key:"max_delay" default:"5m" doc:"Longest such time of an address; that of a user is a minute at most."`
	Forget          time.Duration `key:"forget" default:"1h" doc:"Time without failures after which they count no more."`
	UserSessions    int           `key:"user_sessions" default:"300" doc:"Sessions of a user at a time through all gateways. 0: no limit."`
	AddressSessions int           `key:"address_sessions" default:"1000" doc:"Sessions from an address, or a /64 of IPv6, at a time through all gateways; those from this machine are not counted. 0: no limit."`
	ClientCA        string        `key:"client_ca" reload:"true" doc:"File with the authorities, in PEM form, whose certificates users may log on with (EXTERNAL), read again on reload. Empty: none."`
}

// Cache is the table of what is kept ready.
type Cache struct {
	Mailboxes int           `key:"mailboxes" default:"256" doc:"Mailboxes that are kept open, for a moment a quarter more. One at work has six files and up to 1 MiB of memory."`
	Logon     time.Duration `key:"logon" default:"5m" doc:"Time that a password that was right is not hashed again."`
	BlobGrace time.Duration `key:"blob_grace" default:"24h" doc:"Time that content which no message refers to is kept, an hour at least."`

	TombstoneAge time.Duration `key:"tombstone_age" default:"2160h" doc:"Time that deletions are remembered for clients that ask what has changed, a day at least."`
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
	SlowCall            time.Duration `key:"slow_call" default:"2s" doc:"Calls that take so long are logged; 0 is none."`
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
	if c.NamedProperties < 1 || c.NamedProperties > maxNamedProperties {
		return fmt.Errorf("key named_properties: want 1 to %d", maxNamedProperties)
	}
	if c.SoftDelete < 0 {
		return fmt.Errorf("key soft_delete: want no negative time")
	}
	if c.FlagSync < 0 || c.FlagSync > maxFlagSync {
		return fmt.Errorf("key flag_sync: want 0 to %s", maxFlagSync)
	}
	if c.RedoLog != 0 && (c.RedoLog < minRedoLog || c.RedoLog > maxRedoLog) {
		return fmt.Errorf("key redo_log: want 0, or %s to %s", config.Size(minRedoLog), config.Size(maxRedoLog))
	}
	if c.Cache.BlobGrace < minBlobGrace {
		return fmt.Errorf("key cache.blob_grace: want %s or more: content waits so long for its message", minBlobGrace)
	}
	if c.Cache.TombstoneAge < minTombstoneAge {
		return fmt.Errorf("key cache.tombstone_age: want %s or more: it counts in days", minTombstoneAge)
	}
	if p := &c.Password; p.MinLength < 0 || p.Classes < 0 || p.Classes > directory.MaxClasses || p.History < 0 || p.History > directory.MaxHistory ||
		p.MaxAge < 0 || p.Failures < 0 || p.Lockout < 0 {
		return fmt.Errorf("table password: want no negative numbers, at most %d classes and a history of at most %d", directory.MaxClasses, directory.MaxHistory)
	}
	if o := &c.OIDC; o.Issuer != "" && (o.Audience == "" || o.Claim == "" || o.Skew < 0) {
		return fmt.Errorf("table oidc: an issuer wants an audience and a claim, and a skew of 0s or more")
	}
	if o := &c.OIDC; o.Introspection != "" && (o.Issuer == "" || o.ClientSecretFile == "" || !isPrivate(o.Introspection)) {
		return fmt.Errorf("table oidc: introspection wants an issuer, a client_secret_file and https")
	}
	if n := c.Password.ScramIterations; n != 0 && (n < scram.MinIterations || n > scram.MaxIterations) {
		return fmt.Errorf("key password.scram_iterations: want 0, or %d to %d", scram.MinIterations, scram.MaxIterations)
	}
	if l := &c.Logon; l.AddressFailures < 0 || l.UserFailures < 0 || l.Delay <= 0 || l.MaxDelay < l.Delay || l.Forget <= 0 || l.UserSessions < 0 || l.AddressSessions < 0 {
		return fmt.Errorf("table logon: want no negative numbers, and a max_delay of at least delay")
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

// orNever is a time or size of the engine's options, where 0 is the default.
func orNever[T ~int64](d T) T {
	if d == 0 {
		return -1
	}
	return d
}

func (c *Config) engine() store.Options {
	return store.Options{
		SoftDelete: orNever(c.SoftDelete), FlagSync: orNever(c.FlagSync), RedoLog: int64(orNever(c.RedoLog)),
		DefaultDomain: c.DefaultDomain, Language: c.Language, NamedProperties: c.NamedProperties,
		Quota: object.Limits{Warn: int64(c.Quota.Warn), Soft: int64(c.Quota.Soft), Hard: int64(c.Quota.Hard)},
		Policy: directory.Policy{
			MinLength: c.Password.MinLength, Classes: c.Password.Classes, NotName: c.Password.NotName, History: c.Password.History,
			MaxAge: c.Password.MaxAge, Failures: c.Password.Failures, Lockout: c.Password.Lockout,
		},
		Mailboxes: c.Cache.Mailboxes, LogonCache: c.Cache.Logon, BlobGrace: c.Cache.BlobGrace, TombstoneAge: c.Cache.TombstoneAge,
	}
}

func (c *Config) server() rpc.ServerOptions {
	return rpc.ServerOptions{
		MaxSessions: c.RPC.MaxSessions, MaxFrame: int(c.RPC.MaxRequest), MaxBody: int64(c.RPC.MaxRequest),
		MaxDepth: c.RPC.MaxDepth, MaxRows: c.RPC.MaxRows, MaxUpload: int64(c.RPC.MaxUpload),
		Handshake: c.RPC.Handshake, Stall: c.RPC.Stall, Idle: c.RPC.Idle, SessionIdle: c.RPC.SessionIdle,
		Grace: c.RPC.SessionGrace, LogonDelay: c.RPC.LogonDelay, SlowCall: c.RPC.SlowCall, Drain: c.DrainTimeout * 3 / 4,
	}
}
