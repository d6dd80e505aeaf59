// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// Feature is an extension that a client turns on, by ENABLE (RFC 5161) or by a
// command that implies it.
type Feature uint8

// Features.
const (
	FeatureCondStore Feature = iota + 1 // CONDSTORE, RFC 7162 3.1
	FeatureQResync                      // QRESYNC, RFC 7162 3.2; CondStore is turned on before
	FeatureUTF8                         // UTF8=ACCEPT, RFC 6855
	FeatureIMAP4rev2                    // RFC 9051
	FeatureUIDOnly                      // RFC 9586
)

// features are the names in ENABLE of the features, in the order they are told.
var features = [...]struct {
	name string
	f    Feature
}{
	{"CONDSTORE", FeatureCondStore},
	{"QRESYNC", FeatureQResync},
	{"UTF8=ACCEPT", FeatureUTF8},
	{"IMAP4rev2", FeatureIMAP4rev2},
	{"UIDONLY", FeatureUIDOnly},
}

// featureSet is a set of features.
type featureSet uint16

func (s featureSet) has(f Feature) bool { return s&(1<<f) != 0 }

// has reports whether the client turned f on.
func (c *Conn) has(f Feature) bool { return c.features.has(f) }

// utf8Names reports whether mailbox names are UTF-8 in both directions, not
// modified UTF-7 (RFC 6855 3, RFC 9051 5.1).
func (c *Conn) utf8Names() bool { return c.has(FeatureUTF8) || c.has(FeatureIMAP4rev2) }

// tellsVanished reports whether messages that are gone are told by VANISHED
// (RFC 7162 3.2.10, RFC 9586 3.1).
func (c *Conn) tellsVanished() bool { return c.has(FeatureQResync) || c.has(FeatureUIDOnly) }

// enable turns f on for the rest of the session, once.
func (c *Conn) enable(ctx context.Context, f Feature) error {
	if c.has(f) {
		return nil
	}
	if f == FeatureQResync {
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	c.features |= 1 << f
	return c.session.Enable(ctx, &c.w, f)
}
