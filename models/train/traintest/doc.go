// Package traintest tests what a training is put together from, one's own as those of this module are. One
// line does it:
//
//	func TestMine(t *testing.T) {
//		traintest.Dataset(t, mine)
//	}
package traintest
