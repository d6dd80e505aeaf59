// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	sampleSize  = 16 << 10 // how much is tried before all is compressed
	keepPercent = 90       // compressed only where it takes less than this
	minCompress = 256      // bytes below which it is not tried
)

// Codec holds zstd encoders and decoders for reuse. The zero value is ready.
type Codec struct {
	encoders, decoders sync.Pool
}

// Compress appends src as one zstd frame.
func (c *Codec) Compress(dst, src []byte) []byte {
	e, _ := c.encoders.Get().(*zstd.Encoder)
	if e == nil {
		e, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithEncoderCRC(false), zstd.WithWindowSize(chunkSize), zstd.WithLowerEncoderMem(true))
	}
	dst = e.EncodeAll(src, dst)
	c.encoders.Put(e)
	return dst
}

// Decompress appends the content of a zstd frame of at most limit bytes.
func (c *Codec) Decompress(dst, src []byte, limit int) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(src); err != nil || h.HasFCS && h.FrameContentSize > uint64(limit) {
		return dst, ErrDamaged
	}
	d, _ := c.decoders.Get().(*zstd.Decoder)
	if d == nil {
		d, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(64<<20))
	}
	out, err := d.DecodeAll(src, dst)
	c.decoders.Put(d)
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
