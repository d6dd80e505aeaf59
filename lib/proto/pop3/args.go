// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"math"
)

// noArgs are the arguments of a command that has none.
type noArgs struct{}

func parseNone(args []byte, _ *noArgs) error {
	if len(bytes.TrimRight(args, " ")) > 0 {
		return Bad("Unexpected argument")
	}
	return nil
}

// messageArgs name a message, by its number from 1; 0 where there was none.
type messageArgs struct{ number int }

func parseMessage(args []byte, a *messageArgs) error {
	rest, err := parseNumber(args, &a.number)
	if err != nil {
		return err
	}
	if a.number == 0 {
		return errNoSuchMessage
	}
	return parseNone(rest, nil)
}

func parseMaybeMessage(args []byte, a *messageArgs) error {
	if len(bytes.TrimRight(args, " ")) == 0 {
		return nil
	}
	return parseMessage(args, a)
}

// parseNumber takes a number and the spaces before it. One that is too large is
// as large as can be.
func parseNumber(args []byte, n *int) (rest []byte, err error) {
	rest = bytes.TrimLeft(args, " ")
	i := 0
	for ; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
		if *n = *n*10 + int(rest[i]-'0'); *n > math.MaxInt32 {
			*n = math.MaxInt32
		}
	}
	if i == 0 || i < len(rest) && rest[i] != ' ' {
		return nil, Bad("Expected a number")
	}
	return rest[i:], nil
}
