// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"twiga/lib/config"
	"twiga/lib/directory"
	"twiga/lib/sysexits"
)

// quotaFlags are the limits of a mailbox on the command line.
type quotaFlags struct{ warn, soft, hard limit }

func (q *quotaFlags) add(f *pflag.FlagSet) {
	f.Var(&q.warn, "quota-warn", "size at which the user is warned: 500M, none, or default")
	f.Var(&q.soft, "quota-soft", "size beyond which the user can send nothing")
	f.Var(&q.hard, "quota-hard", "size beyond which nothing is taken in")
}

// changed says whether one of them was given.
func (q *quotaFlags) changed() bool { return q.warn.set || q.soft.set || q.hard.set }

// over gives a quota with those that were given in place.
func (q *quotaFlags) over(old directory.Quota) (directory.Quota, error) {
	for _, l := range []struct {
		from *limit
		to   *int64
	}{{&q.warn, &old.Warn}, {&q.soft, &old.Soft}, {&q.hard, &old.Hard}} {
		if l.from.set {
			*l.to = l.from.bytes
		}
	}
	if err := checkQuota(old); err != nil {
		return old, sysexits.With(sysexits.Usage, fmt.Errorf("set quota: %w", err))
	}
	return old, nil
}

func checkQuota(q directory.Quota) error {
	if q.Warn > 0 && q.Hard > 0 && q.Warn > q.Hard || q.Soft > 0 && q.Hard > 0 && q.Soft > q.Hard {
		return errors.New("hard is less than warn or soft")
	}
	return nil
}

// limit is a flag for a number of bytes, "none" or "default".
type limit struct {
	bytes int64
	set   bool
}

// String implements pflag.Value.
func (l *limit) String() string {
	if !l.set {
		return ""
	}
	return limitText(l.bytes)
}

// Type implements pflag.Value.
func (l *limit) Type() string { return "size" }

// Set implements pflag.Value.
func (l *limit) Set(s string) error {
	switch s {
	case "none":
		*l = limit{-1, true}
		return nil
	case "default":
		*l = limit{0, true}
		return nil
	}
	n, err := config.ParseSize(s)
	if err == nil && n == 0 {
		err = fmt.Errorf("want a size above 0, none or default")
	}
	if err != nil {
		return err
	}
	*l = limit{int64(n), true}
	return nil
}
