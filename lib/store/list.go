// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// A folder has several lists of messages. Each is a folder of its own to the
// tables item, message and tombstone: its number stands above the folder's id.
// UIDs are the folder's, so that a message keeps its own when it changes lists.
type list uint8

const (
	listContents   list = iota // what everybody takes for the folder
	listAssociated             // FAI, [MS-OXCFOLD] 1.3.2
	listDeleted                // soft-deleted

	listShift = 56
)

// folderLists are all lists.
var folderLists = [...]list{listContents, listAssociated, listDeleted}

// of is the list of a folder, as the tables name it.
func (l list) of(folder mapi.ID) mapi.ID { return folder | mapi.ID(l)<<listShift }

// listOf is the inverse of list.of.
func listOf(key mapi.ID) (folder mapi.ID, l list) {
	return key & (1<<listShift - 1), list(key >> listShift)
}

// listOfTable is the list that a table of messages shows.
func listOfTable(kind object.TableKind) (list, error) {
	switch kind {
	case 0, object.TableContents:
		return listContents, nil
	case object.TableAssociated:
		return listAssociated, nil
	case object.TableSoftDeleted:
		return listDeleted, nil
	}
	return 0, fmt.Errorf("table %d has no messages: %w", kind, mapi.InvalidParameter)
}
