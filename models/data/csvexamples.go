package data

import (
	"cmp"
	"sort"
)

// csvExample is what the first reading of a file finds out about an example.
type csvExample struct {
	number         uint32
	line           int32
	label, speaker int32
	events         uint32  // those that the second reading has not come to
	origin         instant // the first event, for FromFirst
}

const csvBlock = 1 << 12

// csvExamples are the examples of a file, in blocks: there may be as many as lines, and a slice that grows takes
// more than twice its size.
type csvExamples [][]csvExample

func (s csvExamples) at(i int) *csvExample { return &s[i/csvBlock][i%csvBlock] }

func (s *csvExamples) add(x csvExample) {
	last := len(*s) - 1
	switch {
	case last < 0: // which most files have no more of
		*s = append(*s, nil)
		last++
	case len((*s)[last]) == csvBlock:
		*s = append(*s, make([]csvExample, 0, csvBlock))
		last++
	}
	(*s)[last] = append((*s)[last], x)
}

// find is the place of an example of a number, or where it would be, where they are in the order of their numbers.
func (s csvExamples) find(number uint32) (i int, known bool) {
	return sort.Find(s.Len(), func(i int) int { return cmp.Compare(number, s.at(i).number) })
}

// starts gives each example its place among the events of all, and tells how many these are.
func (s csvExamples) starts() (starts []int, events int) {
	starts = make([]int, s.Len())
	for i := range starts {
		starts[i] = events
		events += int(s.at(i).events)
	}
	return starts, events
}

// Len implements [sort.Interface], in the order of the numbers.
func (s csvExamples) Len() int {
	if len(s) == 0 {
		return 0
	}
	return (len(s)-1)*csvBlock + len(s[len(s)-1])
}

// Less implements [sort.Interface].
func (s csvExamples) Less(i, k int) bool { return s.at(i).number < s.at(k).number }

// Swap implements [sort.Interface].
func (s csvExamples) Swap(i, k int) { *s.at(i), *s.at(k) = *s.at(k), *s.at(i) }
