// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/mapi/object"
)

func (s *memSession) GetStoreProps(_ context.Context, req object.GetStorePropsRequest) (object.GetStorePropsResponse, error) {
	done, err := s.m.begin("GetStoreProps")
	if err != nil {
		return object.GetStorePropsResponse{}, err
	}
	defer done()
	var res object.GetStorePropsResponse
	for _, t := range req.Columns {
		if v, ok := s.m.props.Get(t); ok {
			res.Props.Set(t, v)
		}
	}
	return res, nil
}

func (s *memSession) SetStoreProps(_ context.Context, req object.SetStorePropsRequest) (object.Empty, error) {
	done, err := s.m.begin("SetStoreProps")
	if err != nil {
		return object.Empty{}, err
	}
	defer done()
	for _, p := range req.Set {
		s.m.props.Set(p.Tag, p.Value)
	}
	return object.Empty{}, nil
}
