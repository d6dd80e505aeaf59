// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

// propsAre says whether properties are what a request wants them to be before it
// changes any: ObjectChanged where not.
func propsAre(bag wire.Bag, values mapi.Props, unset []mapi.PropTag) error {
	for _, p := range values {
		if v, ok := bag.Get(p.Tag); !ok || !v.Equal(p.Value) {
			return fmt.Errorf("property %s is another: %w", p.Tag, mapi.ObjectChanged)
		}
	}
	for _, t := range unset {
		if _, ok := bag.Get(t); ok {
			return fmt.Errorf("property %s is set: %w", t, mapi.ObjectChanged)
		}
	}
	return nil
}
