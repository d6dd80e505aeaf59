// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"io"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// maxUploads is how many blobs are known to be a user's: half of them, or those
// of half the grace time, are forgotten at once.
const maxUploads = 1 << 17

// leastUpload is how long an upload is good for at least.
const leastUpload = time.Hour

// uploads tells which blobs users have uploaded of late: messages that they save
// may refer to those and no others. Who only knows a hash, which is a few bytes
// that get about more easily than what they stand for, has no content by it and
// does not learn that somebody else has it. It is in memory: after a restart
// content is uploaded anew, which finds it there.
type uploads struct {
	life time.Duration // how long an upload is good for

	mu sync.Mutex
	of map[mapi.GUID]*uploader // guarded by mu
}

// uploader is a user who uploads.
type uploader struct {
	began     time.Time
	now, past map[object.BlobID]struct{}
	bytes     [2]int64 // of content that came now, and before
	counted   time.Time
}

func newUploads(life time.Duration) *uploads {
	return &uploads{life: life, of: map[mapi.GUID]*uploader{}}
}

// turn has the older half forgotten where its time is over.
func (u *uploader) turn(now time.Time, life time.Duration) {
	if now.Sub(u.counted) >= life {
		u.bytes = [2]int64{0, u.bytes[0]}
		if now.Sub(u.counted) >= 2*life {
			u.bytes[1] = 0
		}
		u.counted = now
	}
	if now.Sub(u.began) < life && len(u.now) < maxUploads/2 {
		return
	}
	u.past = u.now
	if now.Sub(u.began) >= 2*life {
		u.past = nil
	}
	u.now, u.began = map[object.BlobID]struct{}{}, now
}

func (u *uploader) has(id object.BlobID) bool {
	_, now := u.now[id]
	_, past := u.past[id]
	return now || past
}

// user is an uploader whose time is now; it wants l.mu.
func (l *uploads) user(id mapi.GUID) *uploader {
	now := time.Now()
	u := l.of[id]
	if u == nil {
		u = &uploader{began: now, counted: now, now: map[object.BlobID]struct{}{}}
		l.of[id] = u
	}
	u.turn(now, l.life)
	return u
}

// add notes that a user uploaded a blob.
func (l *uploads) add(user mapi.GUID, id object.BlobID, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.user(user)
	if !u.has(id) {
		u.bytes[0] += size
	}
	u.now[id] = struct{}{}
}

// knows says whether a user uploaded a blob of late.
func (l *uploads) knows(user mapi.GUID, id object.BlobID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of[user] != nil && l.user(user).has(id)
}

// recent is how many bytes a user uploaded of late.
func (l *uploads) recent(user mapi.GUID) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[user] == nil {
		return 0
	}
	u := l.user(user)
	return u.bytes[0] + u.bytes[1]
}

// forget drops the users who upload nothing any more.
func (l *uploads) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, u := range l.of {
		if now.Sub(u.began) >= 2*l.life && now.Sub(u.counted) >= 2*l.life {
			delete(l.of, id)
		}
	}
}

// knowsBlob says whether the session may refer to a blob: the services, which
// see all content, to any that is there.
func (s *session) knowsBlob(id object.BlobID) bool {
	return s.who.Role != object.RoleUser || s.e.uploads.knows(s.who.ID, id)
}

// mayRefer says whether the session may save messages of these contents:
// NotFound for a blob that it does not know.
func (s *session) mayRefer(list []object.NewMessage) error {
	if s.who.Role != object.RoleUser {
		return nil
	}
	for i := range list {
		if err := s.mayReferIn(list[i].Content); err != nil {
			return err
		}
		for j := range list[i].Attachments {
			if err := s.mayReferIn(list[i].Attachments[j].Content); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *session) mayReferIn(list []object.Segment) error {
	for i := range list {
		if id := list[i].Blob; id != (object.BlobID{}) && !s.knowsBlob(id) {
			return fmt.Errorf("save message: segment %d: its blob was not uploaded: %w", i, mapi.NotFound)
		}
	}
	return nil
}

// roomReader reads content as far as there is room for it.
type roomReader struct {
	io.Reader
	left int64
}

// Read implements io.Reader.
func (r *roomReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, fmt.Errorf("upload: more than there is room for: %w", mapi.QuotaExceeded)
	}
	return n, err
}
