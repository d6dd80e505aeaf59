// SPDX-License-Identifier: AGPL-3.0-or-later

package sysexits

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestCode(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"nil":     {nil, 0},
		"plain":   {errors.New("x"), 1},
		"coded":   {With(NoUser, errors.New("x")), 67},
		"wrapped": {fmt.Errorf("y: %w", With(TempFail, errors.New("x"))), 75},
		"joined":  {errors.Join(errors.New("y"), With(IOErr, errors.New("x"))), 74},
		"outer":   {With(Config, With(TempFail, errors.New("x"))), 78},
		"of nil":  {With(Config, nil), 0},
	} {
		if got := Code(tt.err); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	if err := With(NoInput, fs.ErrNotExist); !errors.Is(err, fs.ErrNotExist) || err.Error() != fs.ErrNotExist.Error() {
		t.Errorf("%v hides what it is of", err)
	}
}
