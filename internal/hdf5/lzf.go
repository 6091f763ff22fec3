package hdf5

import "github.com/pkg/errors"

// lzf expands what LibLZF compressed to at most so many bytes. A byte below 32 is followed by that many literal
// bytes and one more. Any other starts a copy of what was before: three bits of length, 7 being followed by a byte
// that adds to it, and thirteen of distance.
func lzf(in []byte, most uint64) ([]byte, error) {
	out := make([]byte, 0, min(most, 90*uint64(len(in))))
	for i := 0; i < len(in); {
		control := int(in[i])
		i++
		if control < 32 {
			n := control + 1
			if n > len(in)-i {
				return nil, errors.New("LZF: the data end within a piece")
			}
			out = append(out, in[i:i+n]...)
			i += n
		} else {
			n := control >> 5
			if n == 7 {
				if i >= len(in) {
					return nil, errors.New("LZF: the data end within a copy")
				}
				n += int(in[i])
				i++
			}
			if i >= len(in) {
				return nil, errors.New("LZF: the data end within a copy")
			}
			distance := control&31<<8 + int(in[i]) + 1
			i++
			if distance > len(out) {
				return nil, errors.Errorf("LZF: a copy from %d bytes before the start", distance-len(out))
			}
			for range n + 2 {
				out = append(out, out[len(out)-distance])
			}
		}
		if uint64(len(out)) > most {
			return nil, errors.Errorf("LZF: gives more than the %d bytes of a chunk", most)
		}
	}
	return out, nil
}
