package kernel

import "github.com/pkg/errors"

// A mask [T, batch] is 1 where an example has a step, and 0 where its sequence only fills a batch up.

// MaskShape checks the shape of a mask for a sequence x [T, batch, …].
func MaskShape[S ~[]int](mask, x S) error {
	if len(x) < 2 || len(mask) != 2 || mask[0] != x[0] || mask[1] != x[1] {
		return errors.Errorf("mask has shape %v, want [T, batch] for x of shape %v", mask, x)
	}
	return nil
}

// CheckMask returns an error with the first place where a mask is neither 0 nor 1.
func CheckMask[F Float](mask []F, batch int) error {
	for i, m := range mask {
		if m != 0 && m != 1 {
			return errors.Errorf("mask[%d %d] is %v, want 0 or 1", i/batch, i%batch, m)
		}
	}
	return nil
}

// Lengths are how many steps each example has. An error says where a mask has a step after one that
// does not exist: then its sequence has no length.
func Lengths[F Float](mask []F, batch int) ([]int, error) {
	if err := CheckMask(mask, batch); err != nil {
		return nil, err
	}
	lengths := make([]int, batch)
	for i, m := range mask {
		t, b := i/batch, i%batch
		if m == 0 {
			continue
		}
		if lengths[b] < t {
			return nil, errors.Errorf("mask[%d %d] is 1 after a 0 at step %d, want steps 1…1 0…0 of each example", t, b, lengths[b])
		}
		lengths[b]++
	}
	return lengths, nil
}
