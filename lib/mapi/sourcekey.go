// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// SourceKey names an object of a store for replicas, [MS-OXCFXICS] 2.2.1.2.5:
// the store's GUID, packed, and the id (a GID, [MS-OXCFXICS] 2.2.1.3).
func SourceKey(store GUID, id ID) []byte {
	return XID{store, uint64(id), counterBytes}.Bytes()
}

// ReadSourceKey reads the source key of a store's object; false for one that
// another kind of replica made.
func ReadSourceKey(b []byte) (store GUID, id ID, ok bool) {
	x, err := ReadXID(b)
	if err != nil || x.Size != counterBytes {
		return GUID{}, 0, false
	}
	return x.Replica, ID(x.Number), true
}
