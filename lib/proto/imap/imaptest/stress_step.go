// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"fmt"
	"strings"
)

// maxStressed is how many messages a mailbox may grow to.
const maxStressed = 200

func (c *stressed) pick(of ...string) string { return of[c.rng.IntN(len(of))] }

// some returns a range of sequence numbers.
func (c *stressed) some() (first, last int) {
	n := len(c.view.UIDs)
	first = 1 + c.rng.IntN(n)
	return first, first + c.rng.IntN(min(5, n-first+1))
}

// steps are what a client does at random: how often, and what.
var stressSteps = []struct {
	weight int
	do     func(c *stressed)
}{
	{6, (*stressed).append},
	{10, (*stressed).store},
	{4, (*stressed).storeByUID},
	{4, (*stressed).expunge},
	{4, (*stressed).copyOrMove},
	{6, (*stressed).fetch},
	{4, (*stressed).search},
	{3, (*stressed).idle},
	{2, (*stressed).reopen},
	{2, (*stressed).folders},
	{2, (*stressed).changedSince},
	{3, (*stressed).sort},
	{2, (*stressed).saved},
	{2, (*stressed).replace},
	{1, (*stressed).notify},
	{1, (*stressed).context},
	{1, (*stressed).annotate},
	{3, func(c *stressed) { c.do("NOOP") }},
}

// step does something at random.
func (c *stressed) step() {
	total := 0
	for _, s := range stressSteps {
		total += s.weight
	}
	k := c.rng.IntN(total)
	for _, s := range stressSteps {
		if k -= s.weight; k < 0 {
			s.do(c)
			return
		}
	}
}

func (c *stressed) flag() string {
	return c.pick(`\Seen`, `\Flagged`, `\Deleted`, `\Answered`, "alpha", "beta")
}

func (c *stressed) append() {
	if len(c.view.UIDs) > maxStressed {
		c.do(`UID STORE 1:* +FLAGS.SILENT (\Deleted)`)
		c.view.Forget(1, len(c.view.UIDs))
		return
	}
	letters := "«@{letter}»"
	if c.can["MULTIAPPEND"] && c.rng.IntN(3) == 0 {
		letters += ` (\Seen) «@{letter}»`
	}
	c.do("APPEND %s (%s) %s", c.any(), c.flag(), letters)
}

func (c *stressed) store() {
	if len(c.view.UIDs) == 0 {
		return
	}
	first, last := c.some()
	sign, flag, silent := c.pick("+", "-", ""), c.flag(), c.pick("", ".SILENT")
	if silent != "" {
		c.view.Assume(first, last, sign, flag)
	}
	res := c.do("STORE %d:%d %sFLAGS%s (%s)", first, last, sign, silent, flag)
	if silent != "" && res.Status != "OK" { // some were gone
		c.view.Forget(first, last)
	}
}

func (c *stressed) storeByUID() {
	if c.condstore && len(c.view.UIDs) > 0 && c.rng.IntN(2) == 0 {
		first, last := c.some()
		c.do("STORE %d:%d (UNCHANGEDSINCE %d) %sFLAGS (%s)", first, last, c.view.ModSeqs[c.view.UIDs[first-1]], c.pick("+", "-", ""), c.flag())
		return
	}
	c.do("UID STORE 1:* %sFLAGS (%s)", c.pick("+", "-", ""), c.flag())
}

func (c *stressed) expunge() {
	if len(c.view.UIDs) == 0 || c.rng.IntN(2) == 0 {
		c.do("EXPUNGE")
		return
	}
	first, last := c.some()
	if from, to := c.view.UIDs[first-1], c.view.UIDs[last-1]; from != 0 && to != 0 {
		c.do("UID EXPUNGE %d:%d", from, to)
	}
}

func (c *stressed) copyOrMove() {
	if len(c.view.UIDs) == 0 {
		return
	}
	first, last := c.some()
	where := c.any()
	if c.rng.IntN(2) == 0 && len(c.view.UIDs) < maxStressed {
		c.do("COPY %d:%d %s", first, last, where)
	} else if where != c.own() {
		c.do("MOVE %d:%d %s", first, last, where)
	}
}

func (c *stressed) fetch() {
	if len(c.view.UIDs) == 0 {
		return
	}
	first, last := c.some()
	what := c.pick("UID FLAGS", "UID", "FLAGS", "UID ENVELOPE FLAGS", "UID BODYSTRUCTURE", "UID BODY.PEEK[]<0.20>", "UID BODY[TEXT]", "FLAGS INTERNALDATE RFC822.SIZE")
	if c.rng.IntN(3) == 0 {
		c.do("UID FETCH 1:* (%s)", what)
	} else {
		c.do("FETCH %d:%d (%s)", first, last, what)
	}
}

func (c *stressed) search() {
	key := c.pick("SEEN", "NOT DELETED", "OR FLAGGED KEYWORD alpha", "SUBJECT one UNSEEN", "BODY hello", "1:*", "UID 1:5")
	by := c.pick("", "UID ")
	res := c.do("%sSEARCH %s", by, key)
	for _, line := range res.Untagged {
		n, err := ParseResponse(line)
		if err != nil || n[0].Value != "SEARCH" || by != "" {
			continue
		}
		for _, found := range n[1:] {
			if number, ok := found.Number(); ok && number > uint64(len(c.view.UIDs)) {
				c.errorf("SEARCH %s found %d of %d", key, number, len(c.view.UIDs))
			}
		}
	}
}

// idle waits for what comes at once, at most until somebody's next change.
func (c *stressed) idle() {
	tag := c.c.Idle()
	c.commands++
	res := c.c.Done(tag)
	c.note("IDLE", res.Untagged)
	for _, line := range res.Untagged {
		if err := c.view.Take(line, false); err != nil {
			c.errorf("IDLE: %v", err)
		}
	}
}

func (c *stressed) reopen() {
	if c.rng.IntN(4) == 0 {
		c.do("CLOSE")
		c.mailbox = ""
	}
	if c.mailbox != "" && c.qresync {
		c.open(c.mailbox)
		return
	}
	c.open(c.pick(c.s.Mailboxes...))
}

// folders makes, renames and deletes mailboxes that nobody has open, lists all.
func (c *stressed) folders() {
	name := fmt.Sprintf("side%d", c.rng.IntN(4))
	switch c.rng.IntN(4) {
	case 0:
		c.do("CREATE %s", name)
	case 1:
		c.do("RENAME %s side%d", name, c.rng.IntN(4))
	case 2:
		c.do("DELETE %s", name)
	default:
		c.do(`LIST "" *`)
	}
}

func (c *stressed) changedSince() {
	if !c.condstore {
		if c.rng.IntN(4) == 0 {
			c.do("ENABLE CONDSTORE")
			c.condstore = true
		}
		return
	}
	with := ""
	if c.qresync {
		with = c.pick("", " VANISHED")
	}
	res := c.c.Cmd("UID FETCH 1:* (FLAGS) (CHANGEDSINCE %d%s)", max(1, c.view.Highest), with)
	c.note("UID FETCH 1:* (FLAGS) (CHANGEDSINCE"+with, res.Untagged)
	c.commands++
	for _, line := range res.Untagged {
		if strings.HasPrefix(line, "VANISHED (EARLIER)") {
			continue // what went before the mailbox was opened, too
		}
		if err := c.view.Take(line, false); err != nil {
			c.errorf("CHANGEDSINCE: %v", err)
		}
	}
}

// sort orders and threads the mailbox: all that is there comes once.
func (c *stressed) sort() {
	if c.can["THREAD=REFS"] && c.rng.IntN(3) == 0 {
		c.do("THREAD %s UTF-8 ALL", c.pick("REFERENCES", "REFS", "ORDEREDSUBJECT"))
		return
	}
	if !c.can["SORT"] {
		return
	}
	res := c.do("SORT (%s) UTF-8 ALL", c.pick("DATE", "REVERSE ARRIVAL", "SUBJECT REVERSE DATE", "FROM", "SIZE"))
	for _, line := range res.Untagged {
		found := strings.Fields(line)
		if found[0] == "SORT" && len(found)-1 > len(c.view.UIDs) {
			c.errorf("SORT gave %d of %d messages", len(found)-1, len(c.view.UIDs))
		}
	}
}

// saved works with what the last search found (RFC 5182).
func (c *stressed) saved() {
	if !c.can["SEARCHRES"] {
		return
	}
	c.do("SEARCH RETURN (SAVE) %s", c.pick("UNSEEN", "FLAGGED", "KEYWORD beta", "ALL"))
	if c.rng.IntN(2) == 0 {
		c.do("UID STORE $ %sFLAGS (%s)", c.pick("+", "-"), c.flag())
	} else {
		c.do("UID FETCH $ (FLAGS)")
	}
}

// replace puts a message in place of another (RFC 8508).
func (c *stressed) replace() {
	if !c.can["REPLACE"] || len(c.view.UIDs) == 0 {
		return
	}
	first, _ := c.some()
	if uid := c.view.UIDs[first-1]; uid != 0 {
		c.do("UID REPLACE %d %s (%s) «@{letter}»", uid, c.any(), c.flag())
	}
}

// notify asks for news of other mailboxes, too (RFC 5465).
func (c *stressed) notify() {
	if !c.can["NOTIFY"] {
		return
	}
	c.notified = true
	c.do("NOTIFY SET %s", c.pick("(selected-delayed (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge MailboxName))",
		"STATUS (selected-delayed (MessageNew MessageExpunge FlagChange)) (subtree INBOX (MessageNew MessageExpunge))"))
}

// context follows a search for a while (RFC 5267).
func (c *stressed) context() {
	if !c.can["CONTEXT=SEARCH"] {
		return
	}
	if c.do("SEARCH RETURN (UPDATE COUNT) %s", c.pick("UNSEEN", "NOT DELETED", "KEYWORD alpha")).Status != "OK" {
		return
	}
	tag := c.c.LastTag()
	c.do("UID STORE 1:* %sFLAGS (%s)", c.pick("+", "-"), c.flag())
	c.do("NOOP")
	c.do("CANCELUPDATE %s", Quote(tag))
}

// annotate leaves a note at a mailbox (RFC 5464).
func (c *stressed) annotate() {
	if !c.can["METADATA"] {
		return
	}
	c.do(`SETMETADATA %s (/private/comment "%d")`, c.any(), c.rng.IntN(100))
	c.do("GETMETADATA %s /private/comment", c.any())
}
