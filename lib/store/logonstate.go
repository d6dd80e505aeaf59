// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// GetPolicy implements object.Directory.
func (s *session) GetPolicy(_ context.Context, _ object.GetPolicyRequest) (directory.Policy, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Policy{}, err
	}
	return s.e.dir.Policy(), nil
}

// GetLogonState implements object.Directory.
func (s *session) GetLogonState(ctx context.Context, req object.GetLogonStateRequest) (directory.LogonState, error) {
	if err := s.may(actUsers); err != nil {
		return directory.LogonState{}, err
	}
	state, err := s.e.dir.LogonState(ctx, req.User)
	return state, coded(err)
}

// UnlockUser implements object.Directory.
func (s *session) UnlockUser(ctx context.Context, req object.UnlockUserRequest) (object.Empty, error) {
	if err := s.mayManage(ctx, req.User, nil); err != nil {
		return object.Empty{}, err
	}
	u, err := s.e.dir.User(ctx, req.User)
	if err == nil {
		err = s.e.dir.Unlock(ctx, u.Name)
	}
	return object.Empty{}, s.audited(ctx, coded(err), "unlock user", u.Name)
}
