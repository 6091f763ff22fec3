// Package optest tests surrogates, one's own as those of package ops are. One line does it:
//
//	func TestMine(t *testing.T) { optest.Surrogate(t, Mine{Width: .5}) }
//
// An op that is not a surrogate is tested by package graphtest.
package optest
