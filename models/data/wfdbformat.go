package data

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// wfdbFormat is how samples lie in a signal file, see signal(5) of the WFDB Applications Guide.
type wfdbFormat struct {
	number  int
	group   int   // samples in a unit of whole bytes,
	bytes   int   // and its bytes
	invalid int32 // the sample that stands for none
	decode  func(b []byte, k int) int32
}

// wfdbFormats are those that are read: the ones in which sample i can be found without those before it.
var wfdbFormats = map[int]*wfdbFormat{
	16: {16, 1, 2, -1 << 15, func(b []byte, _ int) int32 { return int32(int16(binary.LittleEndian.Uint16(b))) }},
	24: {24, 1, 3, -1 << 23, func(b []byte, _ int) int32 {
		return int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8
	}},
	32:  {32, 1, 4, -1 << 31, func(b []byte, _ int) int32 { return int32(binary.LittleEndian.Uint32(b)) }},
	61:  {61, 1, 2, -1 << 15, func(b []byte, _ int) int32 { return int32(int16(binary.BigEndian.Uint16(b))) }},
	80:  {80, 1, 1, -1 << 7, func(b []byte, _ int) int32 { return int32(b[0]) - 128 }},
	160: {160, 1, 2, -1 << 15, func(b []byte, _ int) int32 { return int32(binary.LittleEndian.Uint16(b)) - 32768 }},
	212: {212, 2, 3, -1 << 11, func(b []byte, k int) int32 {
		// Two samples of 12 bits in three bytes: the low byte of the first, the high halves of the first and,
		// above it, the second, the low byte of the second.
		if k == 0 {
			return int32(uint32(b[0])<<20|uint32(b[1])<<28) >> 20
		}
		return int32(uint32(b[2])<<20|uint32(b[1]>>4)<<28) >> 20
	}},
}

// wfdbFormatOf finds a format by its number.
func wfdbFormatOf(text string) (*wfdbFormat, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n == 0 {
		return &wfdbFormat{}, nil // a signal without samples, which may stand beside others
	}
	if f, ok := wfdbFormats[n]; ok && err == nil {
		return f, nil
	}
	var known []string
	for _, k := range slices.Sorted(maps.Keys(wfdbFormats)) {
		known = append(known, strconv.Itoa(k))
	}
	return nil, errors.Errorf("signals of format %s are not read, only those of %s", quoteShort(text), strings.Join(known, ", "))
}

// size is how many bytes so many samples take, the last of them perhaps in a unit that is not whole.
func (f *wfdbFormat) size(samples int64) int64 {
	whole, rest := samples/int64(f.group), samples%int64(f.group)
	return whole*int64(f.bytes) + rest*2 // only format 212 has a rest, which is one sample in two bytes
}

// samples is how many samples lie in so many bytes.
func (f *wfdbFormat) samples(bytes int64) int64 {
	n := bytes / int64(f.bytes) * int64(f.group)
	if f.group == 2 && bytes%3 == 2 {
		n++
	}
	return n
}
