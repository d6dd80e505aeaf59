// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	sampleSize  = 16 << 10 // how much is tried before all is compressed
	keepPercent = 90       // compressed only where it takes less than this
	minCompress = 256      // bytes below which it is not tried
)

// Codec compresses and decompresses, as much at a time as there are processors.
// The zero value is ready. It keeps its tables: made anew after each collection
// of garbage, as in a sync.Pool, they cost more than the work.
type Codec struct {
	once sync.Once
	enc  *zstd.Encoder
	dec  *zstd.Decoder
}

func (c *Codec) start() {
	c.once.Do(func() {
		n := runtime.GOMAXPROCS(0)
		c.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(n),
			zstd.WithEncoderCRC(false), zstd.WithWindowSize(chunkSize), zstd.WithLowerEncoderMem(true))
		c.dec, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(n), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(64<<20))
	})
}

// Compress appends src as one zstd frame.
func (c *Codec) Compress(dst, src []byte) []byte {
	c.start()
	return c.enc.EncodeAll(src, dst)
}

// Decompress appends the content of a zstd frame of at most limit bytes.
func (c *Codec) Decompress(dst, src []byte, limit int) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(src); err != nil || h.HasFCS && h.FrameContentSize > uint64(limit) {
		return dst, ErrDamaged
	}
	c.start()
	out, err := c.dec.DecodeAll(src, dst)
	if err != nil || len(out)-len(dst) > limit {
		return dst, ErrDamaged
	}
	return out, nil
}

// Worth says whether compressing content of this beginning saves enough.
func (c *Codec) Worth(head []byte) bool {
	if len(head) < minCompress {
		return false
	}
	head = head[:min(len(head), sampleSize)]
	return len(c.Compress(nil, head))*100 < len(head)*keepPercent
}
