// Package data holds the datasets of the examples. Those of sequences implement train.Dataset:
//
//   - [QTDB] reads real electrocardiograms: the QT Database, level-crossing coded.
//   - [ECGSyn] makes electrocardiograms of the same form, from a dynamical model of the heart.
//   - [Images] are those of MNIST, or drawn ones ([Strokes]); pixel by pixel they are sequences.
//   - [Events] are spike trains: Spiking Heidelberg Digits and Spiking Speech Commands from their HDF5
//     files, CSV of one's own, or synthetic spoken digits ([Cochlea]).
//   - [Pattern], [Evidence] and [StoreRecall] are the tasks of Bellec et al. 2020, for learning online.
//   - [Arrays] are .npy and .npz files.
//
// A [Table] has features and classes: [Iris] those of Fisher, [ReadWisconsin] breast cancer data of a file.
//
// [Fetch] downloads published files once, checks their sums, and keeps them. [LevelCross] turns
// a signal into events, as both electrocardiogram sets are coded.
package data
