// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// check says whether a request can be answered, whatever the table.
func check(req *object.QueryRequest) error {
	if len(req.Columns) > object.MaxColumns || len(req.IDs) > object.MaxIDs || len(req.Toggled) > object.MaxIDs {
		return fmt.Errorf("query table: %d columns, %d ids, %d toggled: %w", len(req.Columns), len(req.IDs), len(req.Toggled), mapi.InvalidParameter)
	}
	if req.Offset < 0 || req.Limit < 0 || req.Depth < 0 || req.MaxCell < 0 || req.Expanded < 0 {
		return fmt.Errorf("query table: offset %d, limit %d, depth %d, cells of %d, expanded %d: %w",
			req.Offset, req.Limit, req.Depth, req.MaxCell, req.Expanded, mapi.InvalidParameter)
	}
	if len(req.Sort) > object.MaxSortKeys || req.Categories > object.MaxCategories {
		return fmt.Errorf("query table: %d sort keys, %d categories: %w", len(req.Sort), req.Categories, mapi.TooComplex)
	}
	if req.Categories < 0 || req.Categories > len(req.Sort) {
		return fmt.Errorf("query table: %d categories of %d sort keys: %w", req.Categories, len(req.Sort), mapi.InvalidParameter)
	}
	for _, t := range req.Columns {
		if !askable(t) {
			return fmt.Errorf("query table: column %s: %w", t, mapi.BadColumn)
		}
	}
	for _, k := range req.Sort {
		if !askable(k.Tag) {
			return fmt.Errorf("query table: sort key %s: %w", k.Tag, mapi.BadColumn)
		}
	}
	return nil
}

// askable says whether a tag can be a column: its type is one that values
// have, none (any), or that of the instances of a multi-value.
func askable(t mapi.PropTag) bool {
	typ := t.Type()
	if IsInstance(t) {
		typ &^= instanceFlag
	}
	return typ == mapi.PtypUnspecified || typ.Known()
}
