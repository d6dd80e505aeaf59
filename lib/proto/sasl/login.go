// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import "context"

// The prompts of LOGIN: clients exist that compare them.
const (
	promptUser     = "Username:"
	promptPassword = "Password:"
)

// login is LOGIN: two prompts and two answers. A client may send the name at
// once.
type login struct {
	a    Authenticator
	user []byte
}

func newLogin(a Authenticator, _ *Channel) Server { return &login{a: a} }

// Next implements Server.
func (s *login) Next(ctx context.Context, response []byte) ([]byte, bool, error) {
	switch {
	case s.user == nil && response == nil:
		return []byte(promptUser), false, nil
	case len(response) == 0:
		return nil, false, ErrMalformed
	case s.user == nil:
		s.user = response
		return []byte(promptPassword), false, nil
	}
	if err := s.a.Password(ctx, Password{User: string(s.user), Password: string(response)}); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}
