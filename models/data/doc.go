// Package data holds the datasets of the examples. Those of sequences implement train.Dataset:
//
//   - [QTDB] reads real electrocardiograms: the QT Database, level-crossing coded.
//   - [ECGSyn] makes electrocardiograms of the same form, from a dynamical model of the heart.
//   - [ReadRecords] reads recordings of one's own, with a class for each step, from MAT-files of any version.
//   - [Images] are those of MNIST, Fashion-MNIST, EMNIST and their like ([ReadImageFolder]), of files of one's own
//     ([ReadImages]), or drawn ones ([Strokes]); pixel by pixel they are sequences.
//   - [Events] are spike trains: Spiking Heidelberg Digits and Spiking Speech Commands from their HDF5
//     files, CSV of one's own, or synthetic spoken digits ([Cochlea]).
//   - [Pattern], [Evidence] and [StoreRecall] are the tasks of Bellec et al. 2020, for learning online.
//     [Trials.Fresh] have no trial come twice.
//   - [Arrays] are .npy and .npz files, of classes or of numbers to learn.
//
// [Binned] events with [Augmentation] are others in each epoch. Of some examples train.Subset makes a
// dataset; train.Split and train.SplitGroups, [Events.Split] and [Events.SplitSpeakers] draw which.
//
// A [Table] has features and classes, in sequences of one step: [Iris] those of Fisher, [ReadWisconsin]
// breast cancer data of a file.
//
// A [Signal] is a recording from a CSV file, for train.Sequences.
//
// [Fetch] downloads published files once, checks their sums, and keeps them. [LevelCross] turns
// a signal into events, as both electrocardiogram sets are coded.
package data
