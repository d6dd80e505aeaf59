// SPDX-License-Identifier: AGPL-3.0-or-later

#include "textflag.h"

// How the bytes of 4 triples are spread over 4 words: b a c b of each.
DATA spread<>+0(SB)/8, $0x0405030401020001
DATA spread<>+8(SB)/8, $0x0a0b090a07080607
DATA spread<>+16(SB)/8, $0x0405030401020001
DATA spread<>+24(SB)/8, $0x0a0b090a07080607
GLOBL spread<>(SB), RODATA|NOPTR, $32

// What is added to a number below 64 to get its character, by its kind: 0 for
// 26 to 51, 1 to 10 for 52 to 61, 11 and 12 for 62 and 63, 13 for 0 to 25.
DATA shift<>+0(SB)/8, $0xfcfcfcfcfcfcfc47
DATA shift<>+8(SB)/8, $0x000041f0edfcfcfc
DATA shift<>+16(SB)/8, $0xfcfcfcfcfcfcfc47
DATA shift<>+24(SB)/8, $0x000041f0edfcfcfc
GLOBL shift<>(SB), RODATA|NOPTR, $32

DATA words<>+0(SB)/4, $0x0fc0fc00
DATA words<>+4(SB)/4, $0x04000040
DATA words<>+8(SB)/4, $0x003f03f0
DATA words<>+12(SB)/4, $0x01000010
DATA words<>+16(SB)/4, $0x33333333 // 51
DATA words<>+20(SB)/4, $0x1a1a1a1a // 26
DATA words<>+24(SB)/4, $0x0d0d0d0d // 13
GLOBL words<>(SB), RODATA|NOPTR, $28

// ENCODE makes characters of the bytes that lie in the low 12 of each 16.
#define ENCODE(in, a, b, spread, m1, f1, m2, f2, n51, n26, n13, shift) \
	VPSHUFB  spread, in, in \
	VPAND    m1, in, a      \
	VPMULHUW f1, a, a       \
	VPAND    m2, in, b      \
	VPMULLW  f2, b, b       \
	VPOR     a, b, in       \
	VPSUBUSB n51, in, a     \
	VPCMPGTB in, n26, b     \
	VPAND    n13, b, b      \
	VPOR     b, a, a        \
	VPSHUFB  a, shift, a    \
	VPADDB   a, in, in

// func encodeLinesAVX2(dst, src *byte, lines, lineBytes, line, eol int)
TEXT ·encodeLinesAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ lines+16(FP), CX
	MOVQ lineBytes+24(FP), DX
	MOVQ line+32(FP), R11
	MOVQ eol+40(FP), BX
	VMOVDQU      spread<>(SB), Y4
	VMOVDQU      shift<>(SB), Y5
	VPBROADCASTD words<>+0(SB), Y6
	VPBROADCASTD words<>+4(SB), Y7
	VPBROADCASTD words<>+8(SB), Y8
	VPBROADCASTD words<>+12(SB), Y9
	VPBROADCASTD words<>+16(SB), Y10
	VPBROADCASTD words<>+20(SB), Y11
	VPBROADCASTD words<>+24(SB), Y12

line:
	TESTQ CX, CX
	JZ    done
	DECQ  CX
	MOVQ  DX, R8         // bytes of the line that are left
	LEAQ  (SI)(DX*1), R9 // behind the line
	LEAQ  (DI)(R11*1), R10

wide: // 24 bytes to 32 characters
	CMPQ R8, $24
	JL   narrow
	VMOVDQU     (SI), X0
	VINSERTI128 $1, 12(SI), Y0, Y0
	ENCODE(Y0, Y1, Y2, Y4, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y5)
	VMOVDQU Y0, (DI)
	ADDQ $24, SI
	ADDQ $32, DI
	SUBQ $24, R8
	JMP  wide

narrow: // up to 12 bytes to 16 characters; what is beyond the line is written over
	TESTQ R8, R8
	JLE  end
	VMOVDQU (SI), X0
	ENCODE(X0, X1, X2, X4, X6, X7, X8, X9, X10, X11, X12, X5)
	VMOVDQU X0, (DI)
	ADDQ $12, SI
	ADDQ $16, DI
	SUBQ $12, R8
	JMP  narrow

end:
	MOVQ R9, SI
	MOVQ R10, DI
	CMPQ BX, $2
	JNE  lf
	MOVW $0x0a0d, (DI)
	ADDQ $2, DI
	JMP  line

lf:
	MOVB $0x0a, (DI)
	INCQ DI
	JMP  line

done:
	VZEROUPPER
	RET
