// Package data holds the datasets of the examples. Each implements models.Dataset:
//
//   - [QTDB] reads real electrocardiograms: the QT Database, level-crossing coded.
//   - [ECGSyn] makes electrocardiograms of the same form, from a dynamical model of the heart.
//
// [Fetch] downloads published files once, checks their sums, and keeps them. [LevelCross] turns
// a signal into events, as both electrocardiogram sets are coded.
package data
