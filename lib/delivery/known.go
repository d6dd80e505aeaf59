// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"sync"

	"twiga/lib/mapi/object"
)

// maxKnown is how many recipients are remembered.
const maxKnown = 10_000

// known remembers recipients that have one mailbox, which takes mail, as long as
// nothing in the directory changes. That a mailbox became full meanwhile, the
// answer to the message says, and it is asked for again.
type known struct {
	mu sync.Mutex
	// The fields below are guarded by mu.
	version uint64 // of the directory, that the rest is right for
	of      map[string]object.ResolvedRecipient
}

// directoryVersion is what changes with the directory, 0 where that is not seen.
func directoryVersion(s object.Session) uint64 {
	if v, ok := s.(object.Versioned); ok {
		if n, ok := v.Version(object.SharedVersion); ok {
			return n
		}
	}
	return 0
}

// find gives the recipients of addresses, and those addresses that it does not
// know.
func (k *known) find(version uint64, addresses []string) (found []object.ResolvedRecipient, unknown []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version != k.version {
		k.version, k.of = version, nil
	}
	found = make([]object.ResolvedRecipient, len(addresses))
	for i, address := range addresses {
		r, ok := k.of[address]
		if found[i] = r; !ok {
			unknown = append(unknown, address)
		}
	}
	return found, unknown
}

// note remembers what the store answered when the directory had the version.
func (k *known) note(version uint64, addresses []string, answers []object.ResolvedRecipient) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version == 0 || version != k.version {
		return
	}
	for i, r := range answers {
		if r.Code != 0 || len(r.Members) > 0 {
			continue
		}
		if k.of == nil || len(k.of) >= maxKnown {
			k.of = map[string]object.ResolvedRecipient{}
		}
		k.of[addresses[i]] = r
	}
}

// forget has a recipient be asked for again.
func (k *known) forget(address string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, address)
}
