// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

// capability is a row of the table of capabilities: it is told when its
// condition holds, and always where it has none.
type capability struct {
	name string
	when func(*Conn) bool
}

// capabilities are those of every state, in the order they are told
// (RFC 3501 7.2.1). What the session has to offer for one is tested by type.
var capabilities = []capability{
	{"IMAP4rev1", nil},
	{"IMAP4rev2", nil},
	{"LITERAL+", nil},
	{"SASL-IR", nil},
	{"ID", nil},
	{"ENABLE", nil},
	{"STARTTLS", (*Conn).canStartTLS},
	{"LOGINDISABLED", func(c *Conn) bool { return c.state == stateNotAuthenticated && !c.mayLogin() }},
}

// userCapabilities are told after login only: what a user can do.
var userCapabilities = []capability{
	{"IDLE", nil},
	{"NAMESPACE", nil},
	{"CHILDREN", nil},
	{"UNSELECT", nil},
	{"UIDPLUS", nil},
	{"MOVE", nil},
	{"SPECIAL-USE", nil},
	{"CREATE-SPECIAL-USE", nil},
	{"LIST-EXTENDED", nil},
	{"LIST-STATUS", nil},
	{"STATUS=SIZE", nil},
	{"ACL", (*Conn).hasACL},
	{"RIGHTS=kxte", (*Conn).hasACL},
	{"LIST-MYRIGHTS", (*Conn).hasACL},
	{"CONDSTORE", nil},
	{"QRESYNC", nil},
	{"ESEARCH", nil},
	{"SEARCHRES", nil},
	{"PARTIAL", nil},
	{"WITHIN", func(c *Conn) bool { return c.searches(SearchesWithin) }},
	{"SEARCH=FUZZY", func(c *Conn) bool { return c.searches(SearchesFuzzy) }},
	{"I18NLEVEL=1", func(c *Conn) bool { return c.searches(SearchesI18N) }},
	{"MULTISEARCH", (*Conn).canMultiSearch},
	{"FILTERS", func(c *Conn) bool { _, ok := c.session.(FilterSession); return ok }},
	{"NOTIFY", (*Conn).canNotify},
	{"SORT", (*Conn).canSort},
	{"SORT=DISPLAY", (*Conn).canSort},
	{"ESORT", (*Conn).canSort},
	{"CONTEXT=SEARCH", (*Conn).canUpdate},
	{"CONTEXT=SORT", func(c *Conn) bool { return c.canUpdate() && c.canSort() }},
	{"THREAD=ORDEREDSUBJECT", func(c *Conn) bool { return c.threads("ORDEREDSUBJECT") }},
	{"THREAD=REFERENCES", func(c *Conn) bool { return c.threads("REFERENCES") }},
	{"THREAD=REFS", func(c *Conn) bool { return c.threads("REFS") }},
	{"OBJECTID", nil},
	{"BINARY", nil},
	{"PREVIEW", nil},
	{"SAVEDATE", nil},
	{"UTF8=ACCEPT", nil},
	{"UIDONLY", nil},
	{"MULTIAPPEND", nil},
	{"CATENATE", nil},
	{"URL-PARTIAL", nil},
	{"REPLACE", (*Conn).canReplace},
	{"URLAUTH", (*Conn).canURLAuth},
	{"URLAUTH=BINARY", (*Conn).canURLAuth},
	{"INPROGRESS", nil},
	{"UNAUTHENTICATE", func(c *Conn) bool { return !c.srv.cfg.NoUnauthenticate }},
	{"QUOTA", (*Conn).hasQuota},
	{"QUOTA=RES-STORAGE", (*Conn).hasQuota},
	{"QUOTASET", (*Conn).hasQuota},
	{"LIST-METADATA", (*Conn).listsMetadata},
	{"METADATA", (*Conn).hasMetadata},
	{"LANGUAGE", nil},
	{"UIDBATCHES", (*Conn).hasBatches},
	{"COMPRESS=DEFLATE", (*Conn).canCompress},
}

// appendCapabilities appends "CAPABILITY" and what the server can in the state
// of the connection.
func (c *Conn) appendCapabilities(b []byte) []byte {
	b = append(b, "CAPABILITY"...)
	b = c.appendThose(b, capabilities)
	if c.state == stateNotAuthenticated {
		return c.appendMechanisms(b)
	}
	b = c.appendThose(b, userCapabilities)
	if c.MessageLimit() > 0 {
		b = c.appendLimit(b, " MESSAGELIMIT=")
		b = c.appendLimit(b, " SAVELIMIT=")
	}
	b = c.appendSizeLimit(b)
	return b
}

func (c *Conn) appendThose(b []byte, rows []capability) []byte {
	for _, row := range rows {
		if row.when == nil || row.when(c) {
			b = append(b, ' ')
			b = append(b, row.name...)
		}
	}
	return b
}

func (c *Conn) canStartTLS() bool {
	return c.state == stateNotAuthenticated && !c.Secure() && c.srv.cfg.TLS != nil
}

// mayLogin reports whether a password may be sent on the connection as it is.
func (c *Conn) mayLogin() bool { return c.srv.policy.Secrets(c.RemoteAddr(), c.io.TLS()) }
