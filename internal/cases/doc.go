// Package cases has tests of what people report of programs of this kind, each reproduced in small: files as others
// write them, trainings that are stopped and resumed, two networks in one graph, padding, a full disk. Each case is
// a test of its own; its checks have names. Those that cannot hold yet are listed in one place, with the reason, and
// fail as soon as they do hold.
package cases
