// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// View is a mailbox as a client knows it by what it was told. Whatever a
// server says that cannot be is an error.
type View struct {
	// UIDs has the UID of each sequence number, 0 where it was not told yet.
	UIDs []uint32
	// Flags and ModSeqs are by UID, of those that were told.
	Flags   map[uint32]string
	ModSeqs map[uint32]uint64
	// Validity and Highest are what SELECT told.
	Validity, Highest uint64
}

// NewView returns the view of an empty mailbox.
func NewView() *View { return &View{Flags: map[uint32]string{}, ModSeqs: map[uint32]uint64{}} }

// Take takes in an untagged response. While a command runs that may not move
// sequence numbers, steady is true (RFC 3501 7.4.1).
func (v *View) Take(line string, steady bool) error {
	if err := CheckResponse(line); err != nil {
		return err
	}
	n, err := ParseResponse(line)
	if err != nil {
		return err
	}
	switch {
	case n[0].Value == "VANISHED":
		if steady {
			return fmt.Errorf("VANISHED where numbers must stay: %s", line)
		}
		return v.vanished(n[1:])
	case n[0].Value == "OK" && len(n) > 1 && n[1].Kind == Code:
		v.code(n[1].List)
	case len(n) > 1 && isNumber(n[0]):
		number, _ := n[0].Number()
		return v.numbered(int(number), n, steady)
	}
	return nil
}

func (v *View) code(code []Node) {
	switch code[0].Value {
	case "UIDVALIDITY":
		v.Validity, _ = code[1].Number()
	case "HIGHESTMODSEQ":
		v.Highest, _ = code[1].Number()
	}
}

func (v *View) numbered(number int, n []Node, steady bool) error {
	switch n[1].Value {
	case "EXISTS":
		if number < len(v.UIDs) {
			return fmt.Errorf("EXISTS fell from %d to %d", len(v.UIDs), number)
		}
		v.UIDs = append(v.UIDs, make([]uint32, number-len(v.UIDs))...)
	case "EXPUNGE":
		if steady {
			return fmt.Errorf("EXPUNGE where numbers must stay")
		}
		if number > len(v.UIDs) {
			return fmt.Errorf("EXPUNGE %d of %d messages", number, len(v.UIDs))
		}
		v.remove(number - 1)
	case "FETCH":
		if number > len(v.UIDs) {
			return fmt.Errorf("FETCH %d of %d messages", number, len(v.UIDs))
		}
		return v.fetched(number, n[2].List)
	case "UIDFETCH":
		v.learn(uint32(number), n[2].List)
	}
	return nil
}

func (v *View) remove(at int) {
	delete(v.Flags, v.UIDs[at])
	delete(v.ModSeqs, v.UIDs[at])
	v.UIDs = slices.Delete(v.UIDs, at, at+1)
}

func (v *View) fetched(number int, items []Node) error {
	for i := 0; i < len(items); i += 2 {
		if items[i].Value != "UID" {
			continue
		}
		uid, _ := items[i+1].Number()
		if known := v.UIDs[number-1]; known != 0 && known != uint32(uid) {
			return fmt.Errorf("message %d has UID %d, not %d", number, known, uid)
		}
		v.UIDs[number-1] = uint32(uid)
		if err := v.ascends(number - 1); err != nil {
			return err
		}
	}
	if uid := v.UIDs[number-1]; uid != 0 {
		v.learn(uid, items)
	}
	return nil
}

// ascends compares a UID with its next known neighbours.
func (v *View) ascends(at int) error {
	below, above := v.around(at)
	if uid := v.UIDs[at]; uid <= below || uid >= above {
		return fmt.Errorf("message %d has UID %d between %d and %d", at+1, uid, below, above)
	}
	return nil
}

// around returns the next UIDs known below and above a place.
func (v *View) around(at int) (below, above uint32) {
	above = 1<<32 - 1
	for i := at - 1; i >= 0 && below == 0; i-- {
		below = v.UIDs[i]
	}
	for _, uid := range v.UIDs[at+1:] {
		if uid != 0 {
			return below, uid
		}
	}
	return below, above
}

func (v *View) learn(uid uint32, items []Node) {
	for i := 0; i < len(items); i += 2 {
		switch items[i].Value {
		case "FLAGS":
			v.Flags[uid] = flagsOf(items[i+1].List)
		case "MODSEQ":
			v.ModSeqs[uid], _ = items[i+1].List[0].Number()
		}
	}
}

// flagsOf returns flags in order and without \Recent.
func flagsOf(list []Node) string {
	var names []string
	for _, f := range list {
		if f.Value != `\Recent` {
			names = append(names, f.Value)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// vanished removes a set of UIDs. One that was not told of before is one of
// those that are not known yet, unless it was gone when the view began.
func (v *View) vanished(n []Node) error {
	earlier := n[0].Kind == List
	set := n[len(n)-1].Value
	for part := range strings.SplitSeq(set, ",") {
		from, to, ok := strings.Cut(part, ":")
		if !ok {
			to = from
		}
		first, _ := strconv.ParseUint(from, 10, 32)
		last, _ := strconv.ParseUint(to, 10, 32)
		if last < first {
			first, last = last, first
		}
		if earlier {
			v.UIDs = slices.DeleteFunc(v.UIDs, func(uid uint32) bool { return uint64(uid) >= first && uint64(uid) <= last })
			continue
		}
		for uid := first; uid <= last; uid++ {
			if err := v.gone(uint32(uid)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *View) gone(uid uint32) error {
	if at := slices.Index(v.UIDs, uid); at >= 0 {
		v.remove(at)
		return nil
	}
	for at, known := range v.UIDs {
		if known != 0 {
			continue
		}
		if below, above := v.around(at); below < uid && uid < above {
			v.UIDs = slices.Delete(v.UIDs, at, at+1)
			return nil
		}
	}
	return fmt.Errorf("VANISHED %d, which was not there", uid)
}

// Assume changes the flags of messages as a client does that asked not to be
// told (FLAGS.SILENT).
func (v *View) Assume(first, last int, sign, flag string) {
	for _, uid := range v.UIDs[first-1 : last] {
		old, ok := v.Flags[uid]
		if !ok {
			continue
		}
		names := slices.DeleteFunc(strings.Fields(old), func(n string) bool { return n == flag || sign == "" })
		if sign != "-" {
			names = append(names, flag)
		}
		slices.Sort(names)
		v.Flags[uid] = strings.Join(names, " ")
	}
}

// Forget makes the flags of messages unknown.
func (v *View) Forget(first, last int) {
	for _, uid := range v.UIDs[first-1 : min(last, len(v.UIDs))] {
		delete(v.Flags, uid)
	}
}

// Differ compares what the view knows with the truth, which knows all.
func (v *View) Differ(truth *View) error {
	if len(v.UIDs) != len(truth.UIDs) {
		return fmt.Errorf("knows %d messages of %d", len(v.UIDs), len(truth.UIDs))
	}
	for i, uid := range v.UIDs {
		t := truth.UIDs[i]
		if uid == 0 {
			continue
		}
		if uid != t {
			return fmt.Errorf("message %d is UID %d, in truth %d", i+1, uid, t)
		}
		if f, ok := v.Flags[uid]; ok && f != truth.Flags[uid] {
			return fmt.Errorf("UID %d has flags %q, in truth %q", uid, f, truth.Flags[uid])
		}
		if m, ok := v.ModSeqs[uid]; ok && m > truth.ModSeqs[uid] {
			return fmt.Errorf("UID %d has mod-sequence %d, in truth %d", uid, m, truth.ModSeqs[uid])
		}
	}
	return nil
}
