// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"
	"sync"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// A group is one recipient with one answer. It is taken when a member here takes
// mail. What a member's mailbox will not take for long, as when it is full, is
// logged and held against nobody else: one full mailbox must not have a message
// for all sent again for days. What passes soon has the client come again, and
// who has the message by then gets it no second time, as long as the daemon
// runs. Members outside get nothing: they are logged.

// recipientOf is a recipient as the store knows it.
func recipientOf(address string, r *object.ResolvedRecipient) recipient {
	return recipient{address, placesOf(r), len(r.Members) > 0}
}

// placesOf are the mailboxes of a recipient; of a group those that take mail.
func placesOf(r *object.ResolvedRecipient) []object.DeliverTo {
	if len(r.Members) == 0 {
		return []object.DeliverTo{{Store: r.Store}}
	}
	var out []object.DeliverTo
	for _, m := range r.Members {
		if m.Address == "" && !lasting(m.Code) {
			out = append(out, object.DeliverTo{Store: m.Store})
		}
	}
	return out
}

// codeOf is the answer about a recipient before there is a message.
func codeOf(r *object.ResolvedRecipient) mapi.Code {
	if len(r.Members) == 0 || len(placesOf(r)) > 0 {
		return r.Code
	}
	for _, m := range r.Members {
		if m.Code != 0 {
			return m.Code
		}
	}
	return mapi.NoRecipients
}

// left logs the members of a group that a message does not reach.
func left(ctx context.Context, address string, r *object.ResolvedRecipient) {
	for _, m := range r.Members {
		if m.Address != "" || lasting(m.Code) {
			log.Warn(ctx, codeMember, "member of a group gets no message", slog.String("to", address),
				slog.String("member", m.User+m.Address), slog.String("result", m.Code.Error()))
		}
	}
}

// lasting says whether a mailbox that answered so is not to be tried soon.
func lasting(c mapi.Code) bool {
	return c == mapi.QuotaExceeded || c == mapi.NotFound || c == mapi.TooBig
}

// groupCode makes one answer of the members', or of the only one.
func groupCode(of []mapi.Code) mapi.Code {
	var worst mapi.Code
	taken := len(of) == 0
	for _, c := range of {
		switch {
		case c == 0:
			taken = true
		case !lasting(c):
			return c
		default:
			worst = c
		}
	}
	if taken {
		return 0
	}
	return worst
}

// Bounds of what is remembered of messages that some members have.
const (
	partialMax = 1000
	partialAge = 6 * 24 * time.Hour // longer than clients try
)

// partial remembers which members of a group have a message that the client is
// to send again.
type partial struct {
	mu sync.Mutex
	// have is guarded by mu.
	have map[[sha256.Size]byte]delivered
}

type delivered struct {
	at     time.Time
	places []object.DeliverTo
}

// partialKey stands for a message to a group.
func partialKey(data []byte, from, address string) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write([]byte(from + "\x00" + address + "\x00"))
	h.Write(untraced(data))
	h.Sum(sum[:0])
	return sum
}

// untraced is a message without the trace header, which is another each time:
// two fields, of which the second is folded.
func untraced(data []byte) []byte {
	for fields := 0; ; {
		if len(data) == 0 || data[0] != ' ' && data[0] != '\t' {
			if fields++; fields > 2 {
				return data
			}
		}
		end := bytes.Index(data, []byte("\r\n"))
		if end < 0 {
			return data
		}
		data = data[end+2:]
	}
}

// leaveOut takes the members out that have the message already.
func (p *partial) leaveOut(data []byte, from string, to []recipient) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.have) == 0 {
		return
	}
	for i := range to {
		if to[i].group {
			known := p.have[partialKey(data, from, to[i].address)].places
			to[i].places = slices.DeleteFunc(slices.Clone(to[i].places), func(d object.DeliverTo) bool { return slices.Contains(known, d) })
		}
	}
}

// note keeps who has a message that is to come again, and forgets one that is
// settled.
func (p *partial) note(data []byte, from string, r *recipient, answer mapi.Code, of []mapi.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	again := answer != 0 && !lasting(answer)
	if !again && len(p.have) == 0 {
		return
	}
	key := partialKey(data, from, r.address)
	if !again {
		delete(p.have, key)
		return
	}
	d := delivered{at: time.Now(), places: p.have[key].places}
	for i, c := range of {
		if c == 0 {
			d.places = append(d.places, r.places[i])
		}
	}
	if p.have == nil {
		p.have = map[[sha256.Size]byte]delivered{}
	}
	p.have[key] = d
	p.forget()
}

// forget drops what is old, and the oldest of what is too much.
func (p *partial) forget() {
	for len(p.have) > 0 {
		var oldest [sha256.Size]byte
		at := time.Now()
		for k, d := range p.have {
			if d.at.Before(at) {
				oldest, at = k, d.at
			}
		}
		if len(p.have) <= partialMax && time.Since(at) < partialAge {
			return
		}
		delete(p.have, oldest)
	}
}
