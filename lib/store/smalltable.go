// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/store/query"
)

// smallTables are the tables whose rows are few enough to be made all at once.
// Their functions check that the session may see them.
var smallTables = map[object.TableKind]func(*session, context.Context, *object.QueryRequest) ([]mapi.Props, error){
	object.TableRecipients:     (*session).recipientRows,
	object.TableAttachments:    (*session).attachmentRows,
	object.TableRules:          (*session).ruleRows,
	object.TablePermissions:    (*session).permissionRows,
	object.TableOutgoing:       (*session).outgoingRows,
	object.TableReceiveFolders: (*session).receiveFolderRows,
	object.TableAddressBook:    (*session).addressBookRows,
	object.TableSessions:       (*session).sessionRows,
	object.TableStatistics:     (*session).statisticRows,
	object.TableStores:         (*session).storeRows,
	object.TableDropFolders:    (*session).dropFolderRows,
}

// props answers a query from the rows of a small table.
func (a *asked) props(list []mapi.Props) error {
	rows := make([]match.Source, len(list))
	for i := range list {
		rows[i] = list[i]
	}
	return a.memory(rows, 0)
}

// memory answers a query from rows that are all in memory. depth is what a row
// has for PidTagDepth, negative for its own.
func (a *asked) memory(rows []match.Source, depth int) error {
	if a.plan != nil {
		a.plan.memory(a, len(rows))
		return nil
	}
	sink := a.sink(query.NewCells(a.req.Columns, a.req.MaxCell).Append)
	arranger, err := query.NewArranger(a.shape, a.keep())
	if err != nil {
		return err
	}
	for i, r := range rows {
		if a.where.Match(r) {
			arranger.Add(r, uint64(i), uint64(i), false)
		}
		if err := arranger.Full(); err != nil {
			return err
		}
	}
	if a.req.Categories > 0 {
		depth = a.req.Categories
	}
	for line := range arranger.Lines {
		if sink.Pass() {
			continue
		}
		var of match.Source = line.Header
		if line.Header == nil {
			of = query.Leaf{Source: a.shape.InstanceOf(rows[line.Ref], line.Instance), ID: int64(line.Ref), Number: line.Instance, Depth: depth}
		}
		if !sink.Take(of) {
			return nil
		}
	}
	return nil
}
